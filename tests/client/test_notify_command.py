"""`learning-loop notify-test`: says of each channel whether it works, and shows no secret."""

from io import StringIO

import pytest
from rich.console import Console

from client.errors import ConfigurationError
from client.notify_command import try_channels
from tests.fakes.slack import TOKEN, slack
from tests.fakes.smtp import mail_server
from tests.fakes.webhooks import SECRET, receiver


async def said(*targets: str | None) -> tuple[int, str]:
    out = StringIO()
    code = await try_channels(Console(file=out, width=200), *targets)
    return code, out.getvalue()


async def test_each_channel_gets_a_test_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with slack() as fake, mail_server() as mail, receiver() as hook:
        for name, value in {
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_API_URL": fake.url,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail.port),
            "SMTP_SECURITY": "none",
            "SMTP_FROM": "loop@example.test",
            "WEBHOOK_SECRET": SECRET,
            "WEBHOOK_PRIVATE_HOSTS": "127.0.0.1",
        }.items():
            monkeypatch.setenv(f"LEARNING_LOOP_{name}", value)
        code, text = await said("C100", "dana@example.test", hook.url)
        assert (code, text.count("a test message was sent")) == (0, 3)
        assert fake.of("chat.postMessage")[0]["channel"] == "C100"
        assert mail.recipients == ["dana@example.test"]
        assert len(hook.taken) == 1
        fake.fail("chat.postMessage", "channel_not_found")
        code, text = await said("C100", None, None)
    assert code == 1
    assert "Slack failed (unknown_address)" in text
    assert TOKEN not in text


async def test_what_is_not_set_up_is_said() -> None:
    assert await said(None, None, None) == (
        0,
        "Slack is not set up.\nEmail is not set up.\nWebhook is not set up.\n",
    )
    code, text = await said(None, "dana@example.test", None)
    assert (code, "Email is not set up, so nothing was sent." in text) == (1, True)


async def test_a_wrong_secret_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEARNING_LOOP_WEBHOOK_SECRET", "whsec_!secret!")
    with pytest.raises(ConfigurationError, match="LEARNING_LOOP_WEBHOOK_SECRET") as caught:
        await said(None, None, None)
    assert "!secret!" not in str(caught.value)
