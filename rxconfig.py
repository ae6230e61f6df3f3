import reflex as rx

from finance_app.settings import settings

_settings = settings()

config = rx.Config(
    app_name="finance_app",
    app_module_import="finance_app.finance_app",
    frontend_port=_settings.port,
    backend_port=_settings.port,
    cors_allowed_origins=_settings.origins,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[
        rx.plugins.RadixThemesPlugin(
            theme=rx.theme(accent_color="indigo", gray_color="slate", radius="medium", has_background=False)
        )
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
