"""Django's settings. Every value comes from the environment and is checked here, at start."""

from pathlib import Path

from controlplane import admin_site
from controlplane.accounts.sign_in.configuration import oidc_settings, second_factor_roles
from controlplane.api import configuration as api
from controlplane.environment import (
    broker_url,
    database_settings,
    env_bool,
    env_int,
    env_list,
    env_networks,
    env_origins,
    env_sealing_key,
    env_secret,
    env_text,
)
from controlplane.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env_bool("PURSER_DEBUG", default=False)
SECRET_KEY = env_secret("PURSER_SECRET_KEY", default="only-for-commands-that-serve-nothing")
SEALING_KEY = env_sealing_key()
DATABASE_URL = env_secret("DATABASE_URL", default="")
REDIS_URL = env_secret("REDIS_URL", default="")
LOGGING = logging_settings(env_list("PURSER_LOG_LEVEL", default=["INFO"])[0])

# Who may reach the control plane, and how.
ALLOWED_HOSTS = env_list("PURSER_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env_origins("PURSER_CSRF_TRUSTED_ORIGINS")
HTTPS_ONLY = env_bool("PURSER_HTTPS_ONLY", default=False)
# Whether the program that answers checks runs before somebody asks.
CHECK_STARTS_AHEAD = env_bool("PURSER_CHECK_STARTS_AHEAD", default=False)
# Where services send their requests: what the dashboard's snippets say.
DATA_URL = env_text("PURSER_DATA_URL", default="http://127.0.0.1:8080").rstrip("/")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS_ONLY else 0
# Probes come from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if env_bool("PURSER_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "controlplane.accounts",
    "controlplane.keys",
    "controlplane.metadata_rules",
    "controlplane.catalog",
    "controlplane.budgets",
    "controlplane.usage",
    "controlplane.statements",
    "controlplane.reconciliation",
    "controlplane.audit",
    "controlplane.content",
    "controlplane.privacy",
    "controlplane.alerts",
    "controlplane.actions",
    "controlplane.jobs",
    "controlplane.notices",
    "controlplane.caching",
    "controlplane.what_if",
    "controlplane.idempotency",
    "controlplane.provisioning",
    "controlplane.demo_data",
    "controlplane.dashboard",
    "controlplane.moving_in",
    "controlplane.runtime",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "controlplane.content_policy.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "controlplane.accounts.sign_in.sessions.SessionLimits",
    "controlplane.accounts.sign_in.second_factors.SecondFactorRequired",
    "allauth.account.middleware.AccountMiddleware",
    "controlplane.audit.doors.AuditedPages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "controlplane.urls"
ASGI_APPLICATION = "controlplane.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": database_settings(
        DATABASE_URL,
        connections_max=env_int("PURSER_CONTROL_DATABASE_CONNECTIONS_MAX", default=0),
    )
}
# Reports over usage end after this long.
REPORT_SECONDS_MAX = env_int("PURSER_REPORT_SECONDS_MAX", default=30, least=1)
# Networks that notices may go to beside the public internet.
NOTICE_NETWORKS_ALLOWED = env_networks("PURSER_NOTICE_NETWORKS_ALLOWED")
# For how long a notice is tried while its channel does not take it.
NOTICE_TRIED_HOURS_MAX = env_int("PURSER_NOTICE_TRIED_HOURS_MAX", default=72, least=1)
# Where people reach the dashboard: notices link to it.
PUBLIC_URL = env_text("PURSER_PUBLIC_URL").rstrip("/")
# How long after its end a month is closed: what is still on its way to the books should be in.
CLOSE_MONTHS_AFTER_HOURS = env_int("PURSER_CLOSE_MONTHS_AFTER_HOURS", default=24)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.Member"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
]

# Signing in: one door for all pages, the admin's included.
AUTHENTICATION_BACKENDS = ["controlplane.accounts.sign_in.backend.MemberBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "controlplane.accounts.sign_in.adapters.MemberAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = True  # as long as the limits below say
ACCOUNT_RATE_LIMITS = {"login_failed": "20/5m/ip,5/5m/key"}
# Attempts are counted here, so that the limits hold over all processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
SESSION_COOKIE_AGE = env_int("PURSER_SESSION_HOURS_MAX", default=168, least=1) * 3600
SESSION_IDLE_SECONDS_MAX = env_int("PURSER_SESSION_IDLE_MINUTES_MAX", default=720, least=1) * 60
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # invitations
MFA_ADAPTER = "controlplane.accounts.sign_in.adapters.SecondFactorAdapter"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
SECOND_FACTOR_ROLES = second_factor_roles()
OIDC = oidc_settings()
SOCIALACCOUNT_ADAPTER = "controlplane.accounts.sign_in.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = OIDC.as_provider() if OIDC else {}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "controlplane.formats"

# Files are served from where their packages keep them; nothing has to be collected.
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False

# The schedule is the table in `controlplane/celery.py`.
CELERY_BROKER_URL = broker_url(DATABASE_URL, REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 3600
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True

# For how long what is kept; 0 is for ever. Usage records themselves stay: they are the books.
CACHE_BYTES_MAX = env_int("PURSER_CACHE_MB_MAX", default=10_240, least=1) * 1024 * 1024
RETENTION_DAYS = {
    "content": env_int("PURSER_CONTENT_RETENTION_DAYS", default=30),
    "usage_metadata": env_int("PURSER_USAGE_METADATA_RETENTION_DAYS", default=0),
    "audit_log": env_int("PURSER_AUDIT_LOG_RETENTION_DAYS", default=0),
    "alerts": env_int("PURSER_ALERTS_RETENTION_DAYS", default=0),
    "notices": env_int("PURSER_NOTICES_RETENTION_DAYS", default=90),
    "sessions": env_int("PURSER_SESSIONS_RETENTION_DAYS", default=1),
}

UNFOLD = admin_site.UNFOLD
REST_FRAMEWORK = api.REST_FRAMEWORK
SPECTACULAR_SETTINGS = api.SPECTACULAR_SETTINGS
