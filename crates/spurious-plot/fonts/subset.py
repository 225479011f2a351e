"""Makes the four font subsets of this folder: `python3 subset.py LIBERATION_DIR DEJAVU_DIR` (needs fontTools)."""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ASCII_LATIN1 = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)]))
GREEK = "".join(chr(c) for c in range(0x391, 0x3CA) if c != 0x3A2) + "ϑϕϵ"
TEXT = "ℓ−×·±≤≥≈≠∞√‖∂′″…–—‘’“”•∫∑½¼→←↑↓●○▲■□"
MATH = "∝∇∈∼⟨⟩⊤⊥✓✗ℝ∥∖∘∀∃≪≫△◆◇⇒∅⌊⌋⌈⌉"
FACES = {
    "regular": ("LiberationSans-Regular.ttf", "Spurious Sans", "Regular", ASCII_LATIN1 + GREEK + TEXT),
    "italic": ("LiberationSans-Italic.ttf", "Spurious Sans", "Italic", ASCII_LATIN1 + GREEK + "ℓ"),
    "bold": ("LiberationSans-Bold.ttf", "Spurious Sans", "Bold", ASCII_LATIN1 + GREEK + TEXT),
    "math": ("DejaVuSans.ttf", "Spurious Math", "Regular", " " + MATH),
}


def make(file: Path, family: str, style: str, glyphs: str, out: Path) -> None:
    """Keep the glyphs, drop hinting and layout tables, and rename: both licences ask for a new name."""
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, name_IDs=["*"], glyph_names=False)
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "MATH", "kern"]
    font = TTFont(file, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=glyphs)
    subsetter.subset(font)
    names, postscript = font["name"], f"{family.replace(' ', '')}-{style}"
    kept = {n.nameID: n.toUnicode() for n in names.names if n.nameID in (0, 13, 14)}  # copyright and licence stay
    names.names = []
    for name_id, text in kept.items():
        names.setName(text, name_id, 1, 0, 0)  # one byte per letter
    for name_id, text in {1: family, 2: style, 3: postscript, 4: f"{family} {style}", 6: postscript}.items():
        names.setName(text, name_id, 3, 1, 0x409)
    font.save(out)


if __name__ == "__main__":
    liberation, dejavu = map(Path, sys.argv[1:3])
    for name, (file, family, style, glyphs) in FACES.items():
        folder = liberation if file.startswith("Liberation") else dejavu
        make(folder / file, family, style, glyphs, Path(__file__).with_name(f"{name}.ttf"))
