"""Turns, calls, results and proofs of thoughts, as Gemini takes them."""

import pytest

from dataplane.conversation.parts import (
    CacheMark,
    Media,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import Message
from dataplane.providers.base import Untranslatable
from tests.unit.providers.gemini.asking import asking, assistant, sent, tool, user

SKIPS = "skip_thought_signature_validator"
OLD = "gemini-2.5-flash"


def weather(id: str = "call_1", signature: str | None = None) -> ToolCall:
    path = "messages[1].tool_calls[0]"
    return ToolCall(id, "get_weather", '{"city": "Paris"}', signature, path)


def answered(id: str = "call_1", *content: Text | Media, is_error: bool = False) -> ToolResult:
    said = list(content or [Text("18 °C")])
    return ToolResult(id, said, is_error=is_error, path="messages[2]")


async def test_turns_have_the_roles_user_and_model():
    body = await sent(asking(user("Hi"), assistant("Hello"), user("Bye")))

    assert body["contents"] == [
        {"role": "user", "parts": [{"text": "Hi"}]},
        {"role": "model", "parts": [{"text": "Hello"}]},
        {"role": "user", "parts": [{"text": "Bye"}]},
    ]


async def test_instructions_stand_above_all_turns():
    body = await sent(asking(user("Hi"), instructions=[Text("Be brief."), Text("Be kind.")]))

    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]}


async def test_instructions_alone_get_an_empty_turn_as_google_accepts_it():
    conversation = asking(instructions=[Text("Tell a joke.")])
    conversation.messages = []

    assert (await sent(conversation))["contents"] == [{"role": "user", "parts": [{"text": ""}]}]


async def test_instructions_between_turns_are_refused_by_their_path():
    later = Message("system", [Text("Now rhyme.", "messages[1].content")])
    with pytest.raises(Untranslatable) as raised:
        await sent(asking(user("Hi"), later))
    assert raised.value.field == "messages[1].content"


async def test_turns_of_one_role_in_a_row_are_one_turn():
    body = await sent(asking(user("Hi"), user("there"), assistant(Refusal("No."), "Sorry")))

    assert body["contents"] == [
        {"role": "user", "parts": [{"text": "Hi"}, {"text": "there"}]},
        {"role": "model", "parts": [{"text": "No."}, {"text": "Sorry"}]},
    ]


async def test_a_call_and_its_result_carry_id_and_name():
    body = await sent(asking(user("Weather?"), assistant(weather()), user(answered())), OLD)

    assert body["contents"][1:] == [
        {
            "role": "model",
            "parts": [
                {"functionCall": {"id": "call_1", "name": "get_weather", "args": {"city": "Paris"}}}
            ],
        },
        {
            "role": "user",
            "parts": [
                {
                    "functionResponse": {
                        "id": "call_1",
                        "name": "get_weather",
                        "response": {"output": "18 °C"},
                    }
                }
            ],
        },
    ]


async def test_results_of_calls_made_at_once_stand_together_apart_from_what_follows():
    conversation = asking(
        user("Weather?"),
        assistant(weather("a"), weather("b")),
        user(answered("a")),
        user(answered("b"), "And tomorrow?"),
    )

    _, _, results, question = (await sent(conversation, OLD))["contents"]

    assert [part["functionResponse"]["id"] for part in results["parts"]] == ["a", "b"]
    assert question == {"role": "user", "parts": [{"text": "And tomorrow?"}]}


async def test_a_result_says_whether_it_is_an_error():
    failed = answered("call_1", Text("no such city"), is_error=True)
    body = await sent(asking(user("Weather?"), assistant(weather()), user(failed)), OLD)

    response = body["contents"][2]["parts"][0]["functionResponse"]["response"]
    assert response == {"error": "no such city"}


async def test_a_result_that_answers_no_call_is_refused_by_its_path():
    with pytest.raises(Untranslatable) as raised:
        await sent(asking(user(answered("unknown"))))
    assert raised.value.field == "messages[2]"


@pytest.mark.parametrize("arguments", ["nonsense", "[1]", '"text"', "{", '{"a": NaN}'])
async def test_arguments_that_are_no_object_are_refused_by_their_path(arguments: str):
    broken = ToolCall("call_1", "f", arguments, path="messages[1].tool_calls[0]")
    with pytest.raises(Untranslatable) as raised:
        await sent(asking(user("Hi"), assistant(broken)))
    assert raised.value.field == "messages[1].tool_calls[0]"


@pytest.mark.parametrize("arguments", ["", " ", "{}"])
async def test_a_call_without_arguments_has_an_empty_object(arguments: str):
    body = await sent(asking(user("Hi"), assistant(ToolCall("c", "f", arguments))), OLD)
    assert body["contents"][1]["parts"][0]["functionCall"]["args"] == {}


async def test_images_of_a_result_stand_in_it_for_models_that_read_them_there():
    picture = Media("image", "image/png", data="aGk=", path="messages[2].content[1]")
    shown = answered("call_1", Text("Here."), picture)
    conversation = asking(user("Show"), assistant(weather()), user(shown))

    result = (await sent(conversation))["contents"][2]["parts"][0]["functionResponse"]

    assert result["response"] == {"output": "Here."}
    assert result["parts"] == [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}]


async def test_images_of_a_result_follow_it_for_older_models():
    picture = Media("image", "image/png", data="aGk=")
    shown = answered("call_1", Text("Here."), picture)
    conversation = asking(user("Show"), assistant(weather()), user(shown, "What is it?"))

    results, others = (await sent(conversation, OLD))["contents"][2:]

    assert "parts" not in results["parts"][0]["functionResponse"]
    assert others["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
        {"text": "What is it?"},
    ]


async def test_a_calls_own_signature_goes_back_on_the_call():
    body = await sent(asking(user("Hi"), assistant(weather(signature="c2ln")), user(answered())))
    assert body["contents"][1]["parts"][0]["thoughtSignature"] == "c2ln"


async def test_calls_of_another_model_get_googles_word_for_them_on_the_first_of_a_turn():
    conversation = asking(user("Hi"), assistant("Well", weather("a"), weather("b")))

    parts = (await sent(conversation))["contents"][1]["parts"]

    assert [part.get("thoughtSignature") for part in parts] == [None, SKIPS, None]


async def test_models_that_do_not_look_for_signatures_get_none_made_up():
    body = await sent(asking(user("Hi"), assistant(weather())), OLD)
    assert "thoughtSignature" not in body["contents"][1]["parts"][0]


async def test_a_signature_belongs_to_the_part_that_follows_its_thoughts():
    thoughts = Reasoning("Hm.", "gemini#c2ln")
    body = await sent(asking(user("Hi"), assistant(thoughts, weather())))

    assert body["contents"][1]["parts"] == [
        {"text": "Hm.", "thought": True},
        {
            "functionCall": {"id": "call_1", "name": "get_weather", "args": {"city": "Paris"}},
            "thoughtSignature": "c2ln",
        },
    ]


async def test_a_signature_that_nothing_follows_stands_alone():
    body = await sent(asking(user("Hi"), assistant("Done.", Reasoning(signature="gemini#c2ln"))))

    assert body["contents"][1]["parts"] == [
        {"text": "Done."},
        {"text": "", "thoughtSignature": "c2ln"},
    ]


async def test_a_signature_of_thoughts_themselves_goes_back_on_them():
    thoughts = Reasoning("Hm.", "gemini-thoughts#c2ln")
    body = await sent(asking(user("Hi"), assistant(thoughts, "Yes.")))

    assert body["contents"][1]["parts"] == [
        {"text": "Hm.", "thought": True, "thoughtSignature": "c2ln"},
        {"text": "Yes."},
    ]


@pytest.mark.parametrize(
    "thoughts",
    [
        Reasoning("Hm.", path="messages[1].reasoning_content"),
        Reasoning("Hm.", "ErUBCkYI", path="messages[1].reasoning_details[0]"),
        Reasoning("Hm.", "vertex#CiQB", path="messages[1].reasoning_details[0]"),
        Reasoning(redacted="gAAAA", path="messages[1].reasoning_details[0]"),
    ],
)
async def test_thoughts_of_others_stay_out_and_the_client_is_told(thoughts: Reasoning):
    conversation = asking(user("Hi"), assistant(thoughts, "Yes."), user("Why?"))

    assert (await sent(conversation))["contents"][1]["parts"] == [{"text": "Yes."}]
    assert conversation.ignored == [thoughts.path.replace("[1]", "[]").replace("[0]", "[]")]


async def test_a_turn_of_nothing_but_foreign_thoughts_is_left_out():
    body = await sent(asking(user("Hi"), assistant(Reasoning("Hm.")), user("Well?")))
    assert [content["role"] for content in body["contents"]] == ["user"]


async def test_marks_for_the_prompt_cache_are_ignored_by_name_once():
    marked = [
        Text(text, f"messages[0].content[{place}]", CacheMark()) for place, text in enumerate("ab")
    ]
    tools = [tool(cache=CacheMark())]
    conversation = asking(
        user(*marked), tools=tools, instructions=[Text("Hi", "system", CacheMark())]
    )

    await sent(conversation)

    assert conversation.ignored == [
        "tools[].cache_control",
        "messages[].content[].cache_control",
        "system.cache_control",
    ]
