"""`/api/v1/schema` and `/api/v1/docs`: the description of this API, and its browser."""

from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import TemplateHTMLRenderer


class SchemaView(SpectacularAPIView):
    """The description of this API, OpenAPI 3 as JSON."""

    renderer_classes = [OpenApiJsonRenderer2]


class DocsView(SpectacularSwaggerSplitView):
    """A browser for it, with assets of our own, and its script apart from the page."""

    renderer_classes = [TemplateHTMLRenderer]
