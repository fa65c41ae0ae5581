"""Short queries out of captions: "a boy in a white shirt sits" also says "white shirt".

People type two words where captions have twelve. Each attribute (colour, number, size) directly before a noun makes a
phrase, which then serves as one more text of the picture.
"""

import re

ATTRIBUTES = frozenset(
    """black white red green blue yellow orange brown pink purple gray grey tan golden blond blonde dark light colorful
    bright two three four five several many young old little small large big wet snowy grassy sandy rocky
    wooden""".split()
)
NOT_NOUNS = ATTRIBUTES | frozenset(
    """and with in on of at to is are the a an by for from as who that his her their its it he she they while or into up
    down over through out color colored colour coloured one""".split()
)


def of_caption(caption):
    words = re.findall(r"[a-z']+", caption.lower())
    return {
        f"{attribute} {noun}"
        for attribute, noun in zip(words, words[1:])
        if attribute in ATTRIBUTES and noun not in NOT_NOUNS and len(noun) > 2
    }


def of_picture(captions):
    """Sorted, so that the order never depends on hashing."""
    return sorted(set().union(*(of_caption(caption) for caption in captions)))
