"""The words that say little of what a text is about, in some languages; which one it is, these words tell."""

from collections.abc import Sequence

from app.domain.english import words

ENGLISH = words(
    "a about an and any are as at be been but by can could d did do does for from had has have he her him his how i if"
    " in into is it its ll many may me might more most much must my no not of on or our out over re s shall she should"
    " so some such t than that the their them then there these they this those to under up upon us ve was we were what"
    " when where which while who whom whose why will with would you your"
)
_OTHERS = (
    # German
    words(
        "aber als am an auch auf aus bei beim bin bis da damit dann das dass dem den denn der des die dies diese diesem"
        " diesen dieser dieses doch du durch ein eine einem einen einer eines er es für gegen gibt hat hatte ich ihm"
        " ihn ihr ihre im in ist kann kein keine können man mein mit muss müssen nach nicht noch nur ob oder ohne seit"
        " sein seine sich sie sind so soll um und uns unter viel viele vom von vor wann war waren warum was weil welche"
        " welchem welchen welcher welches wem wen wenn wer werden wessen wie wieso wir wird wo wurde wurden zu zum zur"
    ),
    # French
    words(
        "a ai au aux avec avoir c ce ces cet cette combien comment d dans de des du elle elles en est et être eu il ils"
        " j je l la laquelle le lequel les lesquelles lesquels leur leurs lui m ma mais mes moi mon n ne nos notre nous"
        " on ont ou où par pas peut pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se ses si"
        " son sont sous sur t ta te tes toi ton tu un une vos votre vous y était été"
    ),
    # Spanish
    words(
        "a al algo cada como con cual cuales cuando cuanta cuantas cuanto cuantos cuál cuáles cuándo cuánta cuántas"
        " cuánto cuántos cómo de del desde donde dónde e el ella ellas ellos en entre era es esa ese eso esta está este"
        " esto fue ha hay la las le les lo los mi muy más ni no nos o para pero por porque puede que quien quién qué se"
        " sea ser si sin sobre son su sus también te tiene tu un una uno unos y ya yo"
    ),
    # Italian
    words(
        "a ad ai al alla alle allo anche c che chi ci come con cosa cui d da dal dalla de dei del della delle dello di"
        " dove e ed era gli ha hanno i il in io l la le lei lo loro lui ma mi mia mio ne nei nel nella non o ogni per"
        " perché più può qual quale quali quando quanta quante quanti quanto questa queste questi questo se sei senza"
        " si sono su sua sue sui sul sulla suo tra un una uno è"
    ),
)


def small_among(text: Sequence[str]) -> frozenset[str]:
    """Return the words of a text (in small letters) that say little, in the language of most of them; English first."""
    said = frozenset(text)
    return max((said & small for small in (ENGLISH, *_OTHERS)), key=len)
