"""A kind for tests of everything around kinds: the answer's word decides the verdict."""

from django import forms

from exercises.contract import (
    Criterion,
    CriterionVerdict,
    Kind,
    Markdown,
    Spec,
    UnreadableAnswer,
    Verdict,
)


class FakeSpec(Spec):
    right: str = "right"


class FakeForm(forms.Form):
    word = forms.CharField()


class FakeKind(Kind[FakeSpec]):
    """right: full and certain. wrong: 0 and certain. half: half and doubtful. boom: raises."""

    slug = "fake"
    version = "1"
    label = "Word"
    is_audited = True
    spec_model = FakeSpec

    def answer_form(self, spec, *, variant=None):
        return FakeForm

    def shown(self, spec, answer, *, variant=None):
        return {"word": answer["word"]}

    def grade(self, spec, answer, *, variant=None):
        word = answer.get("word")
        if word == "boom":
            raise RuntimeError("the grader broke")
        if not isinstance(word, str):
            raise UnreadableAnswer("word: a text was expected")
        score = {"half": 0.5, "third": 1 / 3}.get(word, float(word == spec.right))
        found = CriterionVerdict(id="word", score=score, feedback=f"level {score}")
        return Verdict(
            score=score, criteria=(found,), certain=word in (spec.right, "wrong", "third")
        )

    def criteria(self, spec):
        return (Criterion(id="word", title="Names the word", weight=1.0, asks="Which word?"),)

    def combine(self, spec, scores):
        return scores.get("word", 0.0)

    def model_answer(self, spec, *, variant=None):
        return Markdown(spec.right)


def fake_content(*, parts=1):
    """Give an exercise content of that many fake parts of 2 points each: w1, w2, ..."""
    return {
        "title": "Fake",
        "summary": "",
        "statement": "Say the word.",
        "parts": [
            {
                "slug": f"w{i}",
                "kind": "fake",
                "title": "The word",
                "prompt": "Say it.",
                "points": "2.00",
                "spec": {},
                "samples": [],
            }
            for i in range(1, parts + 1)
        ],
        "discussion": "It was the right word.",
    }
