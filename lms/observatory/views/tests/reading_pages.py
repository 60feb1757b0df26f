"""Reading pages as a person does."""

import re


def ids(text):
    main = text.split("<main")[1].split("</main>")[0]
    return re.findall(r'href="/observe/traces/([0-9a-f]{32})/"', main)


def words(text):
    """Give the page without tags, white space as one blank."""
    main = text.split("<main")[1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main))
