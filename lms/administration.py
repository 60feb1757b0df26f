"""Django's admin application with our site in place of the stock one."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """Makes `django.contrib.admin.site` the course-wise one, so registering stays as usual."""

    default_site = "exercises.admin_site.CourseAdminSite"
