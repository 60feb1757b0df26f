"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from lms.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("", include("lms.accounts.urls")),
    path("observe/", include("lms.observatory.urls")),
    path("", include("exercises.urls")),
]

handler400 = "exercises.views.errors.bad_request"
handler403 = "exercises.views.errors.forbidden"
handler404 = "exercises.views.errors.not_found"
handler500 = "exercises.views.errors.server_error"
