"""The first call with a key, ready to paste: everything but the secret, which is `$PURSER_KEY`."""

from dataclasses import dataclass

from controlplane.keys.models import VirtualKey

USUAL_MODEL = "gpt-4o"

CURL = """curl {url}/v1/chat/completions \\
  -H "Authorization: Bearer $PURSER_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello"}}]}}'"""
PYTHON = """import os
from openai import OpenAI

client = OpenAI(base_url="{url}/v1", api_key=os.environ["PURSER_KEY"])
answer = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(answer.choices[0].message.content)"""
NODE = """import OpenAI from "openai";

const client = new OpenAI({{ baseURL: "{url}/v1", apiKey: process.env.PURSER_KEY }});
const answer = await client.chat.completions.create({{
  model: "{model}",
  messages: [{{ role: "user", content: "Hello" }}],
}});
console.log(answer.choices[0].message.content);"""
ANTHROPIC = """import os
from anthropic import Anthropic

client = Anthropic(base_url="{url}", api_key=os.environ["PURSER_KEY"])
answer = client.messages.create(
    model="{model}",
    max_tokens=1000,
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(answer.content[0].text)"""
KINDS = {
    "curl": ("curl", CURL),
    "python": ("Python", PYTHON),
    "node": ("Node", NODE),
    "anthropic": ("Anthropic SDK", ANTHROPIC),
}


@dataclass(frozen=True)
class Snippet:
    """One way to call."""

    name: str
    title: str
    text: str


def snippets_of(key: VirtualKey, data_url: str, used: str | None = None) -> list[Snippet]:
    """With a model that the key may call: the one it uses most, if it used any."""
    model = used or next((each for each in key.allowed_models if "*" not in each), USUAL_MODEL)
    return [
        Snippet(name, title, text.format(url=data_url, model=model))
        for name, (title, text) in KINDS.items()
    ]
