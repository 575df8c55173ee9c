"""Every setting of the program, read from the environment (LANGNGHE_*) and an optional .env file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from feedback.deadlines import DeadlineSettings, deadline_settings
from feedback.law import use_folder


class Settings(BaseSettings):
    """Documented one by one in docs/settings.md; a test holds the two together."""

    model_config = SettingsConfigDict(env_prefix="LANGNGHE_", env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("var"), description="Where the database, models and files of this installation lie.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in data_dir.")
    host: str = Field("127.0.0.1", description="Address on which the application listens.")
    port: int = Field(8000, ge=1, le=65535, description="Port of the application.")
    public_url: str = Field(
        "", description="The https address that citizens and channels see; empty: http://host:port."
    )

    engine_url: str = Field("http://127.0.0.1:5005", description="The dialogue engine; loopback only.")
    engine_timeout: float = Field(60.0, gt=0, description="Seconds to wait for one turn of the engine.")
    action_token: SecretStr = Field(SecretStr(""), description="Shared secret of the engine's calls to /rasa/actions.")
    wake_worker_port: int = Field(8010, description="UDP port on loopback that wakes the worker.")
    wake_app_port: int = Field(8011, description="UDP port on loopback that wakes waiting chat pages.")
    worker_conversations: int = Field(8, ge=1, le=64, description="Conversations that one worker handles at a time.")
    poll_seconds: float = Field(
        2.0, gt=0, description="Safety net: how often due rows are looked for without a wake-up."
    )
    lease_seconds: float = Field(30.0, gt=0, description="How long a claimed conversation stays claimed after a crash.")

    home_province: str = Field(
        "38", pattern=r"^\d{2}$", description="Province whose coordination desk gets what has no owner."
    )
    served_provinces: str = Field("all", description="Codes of the provinces served, comma-separated, or all.")
    law_dir: Path | None = Field(
        None,
        description="Folder with own calendar.yml, deadlines.yml, routing.yml, ... in place of the shipped ones.",
    )
    deadline_profiles: str = Field(
        "hien_truong_mac_dinh,hoi_dap_mac_dinh",
        description="Committed times in force where no law sets a limit, comma-separated; a later one wins.",
    )
    after_hours: str = Field(
        "same_day",
        pattern="^(same_day|next_working_day)$",
        description="What a receipt outside office hours counts as: same_day or next_working_day.",
    )
    calendar_choices: str = Field(
        "", description="What a provisional year leaves open, as tet_2027=mot_truoc_bon_sau,...; empty: the defaults."
    )
    telegram_token: SecretStr = Field(SecretStr(""), description="Bot token from @BotFather; empty: Telegram is off.")
    telegram_secret: SecretStr = Field(SecretStr(""), description="Secret of the webhook header; empty: long polling.")
    telegram_full_text: bool = Field(
        False,
        description="Send whole answers over Telegram, whose servers are abroad; off: a code and a link to read it.",
    )
    telegram_api: str = Field("https://api.telegram.org", description="Telegram's API; changed only for tests.")
    zalo_app_id: str = Field("", description="Zalo application id; empty: Zalo is off.")
    zalo_app_secret: SecretStr = Field(SecretStr(""), description="Zalo application secret, for refreshing tokens.")
    zalo_oa_id: str = Field("", description="Id of the Official Account.")
    zalo_oa_secret: SecretStr = Field(SecretStr(""), description="OA secret key, with which webhooks are signed.")
    zalo_refresh_token: SecretStr = Field(
        SecretStr(""), description="First refresh token; later ones live in the database."
    )
    zalo_buttons: bool = Field(True, description="Buttons in Zalo messages; off: numbered choices in the text.")
    zalo_media_hosts: str = Field(
        "zdn.vn", description="Host names from which Zalo's files may be fetched, comma-separated."
    )
    zalo_api: str = Field("https://openapi.zalo.me", description="Zalo's API; changed only for tests.")
    zalo_oauth: str = Field("https://oauth.zaloapp.com", description="Zalo's OAuth server; changed only for tests.")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Key that encrypts stored channel tokens; empty: made in data_dir."
    )

    anchor_minutes: int = Field(
        60, ge=1, le=1440, description="How often the ledgers of all cases are anchored in the global chain."
    )

    smtp_host: str = Field("", description="Mail server for reminders to staff; empty: no e-mail goes out.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: str = Field(
        "starttls", pattern="^(starttls|tls|none)$", description="starttls, tls, or none for a relay on this machine."
    )
    smtp_username: str = Field("", description="User name at the mail server; empty: no login.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    smtp_sender: str = Field("", description="Address that reminders come from.")

    tracker_days: int = Field(
        30, ge=1, description="Days after which the engine deletes words, names and phones of a session that is over."
    )
    max_photo_mb: int = Field(10, ge=1, le=50, description="Largest attachment of the web chat, MB.")
    reopen_days: int = Field(30, ge=1, description="Days after the answer in which the citizen may reopen.")
    check_share: float = Field(
        0.1, ge=0, le=1, description="Share of quick answers that chance picks for a leader to check afterwards."
    )
    suppress_below: int = Field(5, ge=0, description="Survey figures with fewer answers are not shown.")
    demo_password: SecretStr = Field(
        SecretStr(""), description="Password of the demo logins; empty: a random one is printed."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    storing: bool = Field(True, description="Off only in the benchmark, to measure the route without its database.")
    chat_limits: bool = Field(
        True, description="Limits on messages per minute of the web chat; off only in the benchmark."
    )

    api_per_second: float = Field(
        10.0,
        gt=0,
        description="Requests a second that one token of the API may make on average; ten times that at once.",
    )

    @property
    def sqlalchemy_url(self) -> str:
        """The database's address, with SQLite in data_dir as default."""
        return self.database_url or f"sqlite:///{self.data_dir / 'langnghe.sqlite'}"

    @property
    def deadlines(self) -> DeadlineSettings:
        """What the installation has settled of the law's open points."""
        return deadline_settings(
            after_hours=self.after_hours, profiles=self.deadline_profiles, calendar_choices=self.calendar_choices
        )

    @property
    def provinces(self) -> frozenset[str] | None:
        """The codes of the provinces served; None for all."""
        if self.served_provinces.strip().lower() == "all":
            return None
        return frozenset(code.strip() for code in self.served_provinces.split(",") if code.strip())

    @property
    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


@lru_cache
def get_settings() -> Settings:
    """The settings, read once; the installation's own law data are in force from here on."""
    settings = Settings()
    use_folder(settings.law_dir)
    return settings
