"""The config keys that all reporting subsystems share: where a report goes, and what becomes of it otherwise."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from ..config import SubsystemConfig
from ..reading import looks_secret
from .mail_settings import EmailConfig
from .mrkdwn import called
from .named_secrets import NeverHere, Secret, SecretFile, VariableName, safe_address
from .slack import DEFAULT_BASE_URL


def _api_address(url: str) -> str:
    if not safe_address(url):
        raise ValueError("a token goes only to https://, or to http:// on this machine")
    return url


def _web_address(url: str) -> str:
    if url and not url.startswith(("https://", "http://")):
        raise ValueError("must begin with https:// or http://")
    if not url.isprintable() or " " in url:
        raise ValueError("an address has no blanks and no line breaks")
    return url


def _somebody(person: str) -> str:
    if called(person) is None and person.startswith(("@", "<")):
        raise ValueError("must be an id of Slack's (U…, W…, S…), here or channel: Slack calls nobody by another name")
    return person


Person = Annotated[str, AfterValidator(_somebody)]


def _channels(given: str | list[str]) -> str | list[str]:
    """Every message names its channel."""
    if any(looks_secret(channel) for channel in ([given] if isinstance(given, str) else given)):
        raise ValueError("must be ids of channels, not a secret")
    return given


class ReportConfig(SubsystemConfig):
    """The keys beside those of every subsystem."""

    notify: list[Person] = Field(default_factory=list, description="whom Slack calls when it fails: U…, W…, S…, here")
    channel_id: Annotated[str | list[str], AfterValidator(_channels)] = Field(
        default_factory=list, description="Slack channels to post to"
    )
    slack_token_env: VariableName = Field(default="", description="environment variable that holds the bot's token")
    slack_token_file: SecretFile = Field(default="", description="file, outside the home, that holds the bot's token")
    slack_webhook_env: VariableName = Field(default="", description="environment variable with a webhook's address")
    slack_webhook_file: SecretFile = Field(default="", description="file, outside the home, with a webhook's address")
    base_url: Annotated[str, AfterValidator(_api_address)] = Field(
        default=DEFAULT_BASE_URL, description="where Slack's Web API is"
    )
    email: EmailConfig | None = Field(default=None, description="mail server and recipients")
    site_url: Annotated[str, AfterValidator(_web_address)] = Field(
        default="", description="where people find the site, for links"
    )
    dry_run: bool = Field(default=False, description="print what would be sent, and send nothing")
    report_selections: bool = Field(default=False, description="tell also of a run that was a selection of tests")
    request_timeout_s: float = Field(default=30.0, ge=1, description="seconds that one request may take")
    sending_timeout_s: float = Field(default=120.0, ge=1, description="seconds that all sending may take together")
    late_days: int = Field(default=7, ge=0, description="days for which a message that could not be sent is kept")
    late_most: int = Field(default=20, ge=0, description="messages that could not be sent to keep at most")
    nights_kept: int = Field(default=90, ge=1, description="nights whose report is kept as Markdown")
    slack_client_token: NeverHere = Field(default=None, exclude=True, description="refused: see slack_token_env")
    webhook_url: NeverHere = Field(default=None, exclude=True, description="refused: see slack_webhook_env")

    @model_validator(mode="after")
    def _slack_is_whole(self) -> ReportConfig:
        for first, second in (("slack_token_env", "slack_token_file"), ("slack_webhook_env", "slack_webhook_file")):
            if getattr(self, first) and getattr(self, second):
                raise ValueError(f"name {first} or {second}, not both")
        if self.token.is_named and not self.channels:
            raise ValueError("a Slack token needs channel_id, the channels to post to")
        if self.channels and not self.token.is_named and not self.dry_run:
            raise ValueError("channel_id needs slack_token_env or slack_token_file, the place of the bot's token")
        return self

    @property
    def channels(self) -> list[str]:
        """The channels, each once."""
        given = [self.channel_id] if isinstance(self.channel_id, str) else self.channel_id
        return [channel for channel in dict.fromkeys(given) if channel.strip()]

    @property
    def token(self) -> Secret:
        """Where the bot's token is."""
        return Secret("slack_token", self.slack_token_env, self.slack_token_file)

    @property
    def webhook(self) -> Secret:
        """Where the webhook's address is."""
        return Secret("slack_webhook", self.slack_webhook_env, self.slack_webhook_file)
