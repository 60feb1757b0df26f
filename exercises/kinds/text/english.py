"""Words of English that the rules of this kind need, by what they are needed for."""


def words(text: str) -> frozenset[str]:
    """Give the words of a text: lists of words are read, and compared in a diff, as lines."""
    return frozenset(text.split())


# What a sentence is made of beside its matter: an answer without them is a list of words.
FUNCTION_WORDS = words(
    "a an the this that these those it its it's they them their there we us our you your i he she "
    "is are was were be been being am do does did has have had can could will would should may "
    "might must of to in on at for from with by into onto over up out off as than if when while "
    "because since so but or and not no never which who what how where then before after until "
    "per all any each every too very more most much many only just also about between through "
    "without during against within again get gets got make makes made one some such other both "
    "either like etc vs don't doesn't isn't can't cannot didn't wasn't won't thats that's why "
    "cant dont doesnt im i'm we'd you'd there's due says say said across along upon under above "
    "below among around via behind beyond i'd i'll i've we'll we're we've you'll you're they're "
    "they'll they'd it'll it'd what's let's he's she's themselves itself himself ourselves"
)

FOREIGN_WORDS = words(
    "der das und ist nicht ein eine mit auf den dem weil wird werden von zu zum zur auch sich ich "
    "el los las una es por para que con del se y porque muy esta son como pero le les des une est "
    "dans pour qui pas sur avec et parce sont ce il gli di che non sono della nel de het een niet "
    "en omdat wordt um uma da dos ir un kas nav lai ar jo tas"
)

# Neighbours of technical words by one letter that are words of their own: no typing errors.
OTHER_WORDS = words(
    "stated stared staged charged changed sever severe serves quest bequest latent counter "
    "collection correction corrected contact personnel expense expanse expire expired export "
    "excepted expected accepted falling filling filing billing telling calling pulling storied "
    "sorted minster lasting fasting lacking leaving reaching breathing creating greeting broker "
    "brother whether weather wether refuge refuted reused produced deduced nosier poise posed "
    "loosing losing leading lending sending spending spends pending writer waiter waited wanted "
    "matched hatched patched cashed crushed trashed sharing staring steering hosting posting "
    "costing coasting casting handling hardship ruining rubbing massing passing message massage "
    "preforming purged surged breakers serve server's quiet quite three threat reader leader "
    "points server servers called thing possibly accent access assess "
    "excess princes process profess connects connotes minutes minuets"
)

# Words that change no meaning, whatever the field: order, connection, emphasis, how sure one is.
# * ends a stem. What a statement is about or does (users, average, change, types) must stay out of
# here: a field's own list says which of them a good answer to it holds.
HARMLESS_WORDS = words(
    "first* second* third* fourth lastly firstly secondly thirdly next finally also additionally "
    "addition* moreover further* furthermore besides plus another again already still yet now "
    "then later soon always often usually normally typically generally mainly mostly especially "
    "particularly basically simply really actually easily directly probably possibly perhaps "
    "maybe likely most* might clearly obviously therefore thus hence so consequently otherwise "
    "however though although whereas meanwhile e g i ie eg etc vs resp example* instance "
    "including include* like such namely respectively both either together same similar own whole "
    "part parts overall general specific certain several few many lot lots num nr propably "
    "probaly prob presumably apparently essentially literally extremely highly fairly rather "
    "pretty totally completely fully heavily massively significantly drastically greatly "
    "considerably rapidly gradually eventually immediately constantly continuously permanently "
    "unnecessarily needlessly potentially primarily likewise even else thereby whenever wherever "
    "whatever somewhere anywhere everywhere anyway altogether bc cuz cos coz becuse becasue "
    "beacuse thats theres u ur ppl well yes ofc btw imo imho aka sort sorts kinda thing* "
    "something stuff kind* type way* case* reason* fact* term* word* situation* aspect* sense "
    "matter metric* definition* question* answer* think believe guess assume would is was be "
    "being am do did does done doing have has had having be able unable mean* call called name* "
    "say* tell* show* seen look* want* need* make* made making take* took taking taken give* gave "
    "given get* got getting go goes going went gone come* came coming keep* kept use used uses "
    "using happen* occur* become* became let lets important main major basic actual additional "
    "various possible available single sec secs min mins hr hrs ms s m h one two three four five "
    "six seven eight nine ten"
)
