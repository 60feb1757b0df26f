"""Addresses of people's own pages."""

from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path, reverse_lazy

from lms.accounts import views
from lms.accounts.forms import ResetForm

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("account/", views.account, name="account"),
    path("theme/", views.theme, name="theme"),
    path(
        "password/change/",
        views.PasswordChange.as_view(
            template_name="accounts/password_change.html",
            success_url=reverse_lazy("accounts:password_changed"),
        ),
        name="password_change",
    ),
    path(
        "password/changed/",
        auth_views.PasswordChangeDoneView.as_view(template_name="accounts/password_changed.html"),
        name="password_changed",
    ),
    path(
        "password/reset/",
        login_not_required(
            auth_views.PasswordResetView.as_view(
                template_name="accounts/password_reset.html",
                form_class=ResetForm,
                success_url=reverse_lazy("accounts:password_reset_sent"),
            )
        ),
        name="password_reset",
    ),
    path(
        "password/reset/sent/",
        login_not_required(
            auth_views.PasswordResetDoneView.as_view(
                template_name="accounts/password_reset_sent.html"
            )
        ),
        name="password_reset_sent",
    ),
    path(
        "password/reset/<uidb64>/<token>/",
        login_not_required(
            views.PasswordReset.as_view(
                template_name="accounts/password_reset_confirm.html",
                success_url=reverse_lazy("exercises:courses"),
                post_reset_login=True,
            )
        ),
        name="password_reset_confirm",
    ),
]
