"""The key `email` of a reporting subsystem's config."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from ..strict_model import StrictModel
from .named_secrets import Secret, SecretFile, VariableName

PORTS = {"starttls": 587, "ssl": 465, "none": 25}


def _address(text: str) -> str:
    # what goes into a header: one line, and one address
    if (
        not text.isprintable()
        or "," in text
        or ":" in text
        or text.count("@") != 1
        or text.startswith("@")
        or text.endswith("@")
    ):
        raise ValueError("must be one e-mail address")
    return text


Address = Annotated[str, AfterValidator(_address)]


class EmailConfig(StrictModel):
    """A mail server and who gets the report."""

    host: str = Field(min_length=1, description="name of the mail server")
    port: int | None = Field(default=None, ge=1, le=65535, description="null: 587, 465 or 25, by `security`")
    security: Literal["starttls", "ssl", "none"] = Field(default="starttls", description="how the line is encrypted")
    ca_file: str = Field(default="", description="certificates to trust instead of the system's")
    user: str = Field(default="", description="who logs in; nobody does when it is empty")
    password_env: VariableName = Field(default="", description="environment variable that holds the password")
    password_file: SecretFile = Field(default="", description="file, outside the home, that holds the password")
    sender: Address = Field(description="address that the mail comes from")
    recipients: list[Address] = Field(min_length=1, description="addresses that it goes to")

    @model_validator(mode="after")
    def _a_password_for_a_user(self) -> EmailConfig:
        if bool(self.user) != self.password.is_named:
            raise ValueError("user goes together with password_env or password_file")
        if self.password_env and self.password_file:
            raise ValueError("name password_env or password_file, not both")
        if self.user and self.security == "none":
            raise ValueError('a password is not sent over an open line: security "starttls" or "ssl"')
        return self

    @property
    def server_port(self) -> int:
        """The port, also when none is stated."""
        return self.port or PORTS[self.security]

    @property
    def password(self) -> Secret:
        """Where the password is."""
        return Secret("email.password", self.password_env, self.password_file)
