"""What a file may say, section by section, each after those that it builds on."""

from controlplane.provisioning.forms.accounts import CUSTOMERS, TEAMS
from controlplane.provisioning.forms.budgets import BUDGETS
from controlplane.provisioning.forms.catalog import MODELS, PRICES, PROVIDERS
from controlplane.provisioning.forms.metadata_rules import METADATA_RULES
from controlplane.provisioning.forms.notices import ALERT_RULES, NOTICE_CHANNELS
from controlplane.provisioning.forms.virtual_keys import VIRTUAL_KEYS

FORMS = (
    *(CUSTOMERS, TEAMS, PROVIDERS, MODELS, PRICES),
    *(VIRTUAL_KEYS, BUDGETS, METADATA_RULES, NOTICE_CHANNELS, ALERT_RULES),
)
SECTIONS = {form.section: form for form in FORMS}
