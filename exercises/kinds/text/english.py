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
    "they'll they'd it'll it'd what's let's he's she's themselves itself himself ourselves "
    "n r u ur w til till thru wen where's here's there'll who's"
)

FOREIGN_WORDS = words(
    "der das und ist nicht ein eine mit auf den dem weil wird werden von zu zum zur auch sich ich "
    "el los las una es por para que con del se y porque muy esta son como pero le les des une est "
    "dans pour qui pas sur avec et parce sont ce il gli di che non sono della nel de het een niet "
    "en omdat wordt um uma da dos ir un kas nav lai ar jo tas"
)

# Words of their own, near technical ones or simply common: what is typed so is no typing error.
OTHER_WORDS = words(
    "able accent accents accepted access account accounts action actions actually add added "
    "addition additionally address addresses adds admin again agency allow already also although "
    "always amount another answer anybody anyone application apps arriv artwork assess assume "
    "attacker audio available average backend ball balls band bands basically batch beach beat "
    "beats became become begin being believe bell belong below bequest besides best better bigger "
    "bill billing bills bite bites blow blows boss both boxing brand breakers breathing bring "
    "brings broken broker brother brought brush build built bull business busy byte bytes cache "
    "caches calculat call called caller calling calls came candle carr carries carry case cases "
    "cash cashed cast caste casting catalog catch cause causes certain chance chances change "
    "changed changes charge charged charger charges choice choosing clash class clause clear "
    "clearly click client clip closing cloud coast coasting code collect collection collects come "
    "comes coming command commands comment comments commission common company compute computer "
    "confuse confused connect connects connotes consent consequently constant contact contacts "
    "contain content contents contest context contract contrast correct corrected correction "
    "corrects cost costing costs cough count counted counter counters country counts county "
    "course crash crashes creat create creates creating critical crossword crush crushed currency "
    "current customer dangerous data database dataset date dates deal deals deduced defected "
    "defense define delayed deleted demand demands dense depend detail detected developer devs "
    "different difficult directly distance divide doing done dream dreams dress dresses dull "
    "duration durations easily east easy eat eats effect eight either elected emergency enabl "
    "ended endpoint ends engineer enormous enough error especially ever everybody everyone "
    "example excepted excess expanse expected expense expensive expire expired expires explode "
    "explodes explore explored explores export expose exposed exposes extensive extra fact fail "
    "fails fall falling falls fast fastapi faster fasting fate feel feels fellow fewer file files "
    "filing fill filling fills film finally find first five fixing flash flow flows follow found "
    "four fourth fraction framework frequency full further game games gate gates gauge gave "
    "general generally generat getting give given glow gone good grafana great greeting grow "
    "guess hacker hail hall hand handed handle handles handling hands happen hard hardship hatch "
    "hatched hate have having head heads heat heavier heavy help hence high higher histogram hold "
    "hole home homework honey hope host hosting hosts hour hours however http https huge hundred "
    "idea impact import important imported includ include including increas information input "
    "instance instant intensive interview issue json keep kept kibana kind kissing know knows "
    "label lacking landed large larger last lasting lasts latch late latency latent later latter "
    "layer lead leader leading leads leak leaks lean leap learn learns leave leaves leaving "
    "lending less lesson lessons letter level levels lever like likely line list lists little "
    "load loaded loads logging long look loosing lose loses losing loss lost lots machine made "
    "mail mainly make making manly many march massage massing massive master match matched "
    "matches matter maybe meal mean meanwhile measure measuring meat medal media message messing "
    "metric might million mins minster minuets minute minutes missing mission missions mixing "
    "mode model models moder modes moment money monitor monkey month moreover most mostly movie "
    "nail name namely names nation national need network networks never newer next nice night "
    "nine node nodes noise normal normally nose nosier note notes number observ obviously occur "
    "often once open operator otherwise our out output overall overhead overhear overheard "
    "overlap overload overlook overly paint part particularly parts passing passport password "
    "passwords patch patched path pause pauses payload peach pending people percent perhaps "
    "permission permissions person personal personnel persons phase phases phrase place places "
    "plain plan plans plate play player plays plus point points poise posed posing possible "
    "possibly post posting posts praise pray preforming press previewer price prices primarily "
    "primary prince princes print prints privacy private privates prize probably problem process "
    "prod produc produced production profess professional program prometheus provid public "
    "publish published pull pulling purged python quantity quarry queries query quest question "
    "quickly quiet quilt quite radio rail raise raises rate rates ratio rational reach reaches "
    "reaching read reader reads real really reason reasons receive receiving record recount "
    "reflected refuge refund refunds refuse refused refuses refuted reject rejects related remain "
    "replies reply report reports request research resolve resolves resort resource resources "
    "resp respected respectively respond responds response responses rest result return reused "
    "review reviewer reviews revolve rich ride rides rise rises rising risk risks road roads rose "
    "rough route rubbing ruining running rush sail same sand scarcity scream seal search season "
    "seasonal seasons seat second seconds secret secrets secs section sector sectors secure "
    "secured security seen seize selected send sending sends senses sensible sensitive "
    "sensitivity sent serious serve server server's servers serves service serving session "
    "sessions seven sever several severe sewer share sharing sheer shell short show shows side "
    "sides similar simple simply single site sites situation size sizes skill slow slows small "
    "smart smell snow software some somebody someone something soon sorted sound source sources "
    "space spaces span specific spell spend spending spends spill spills sport sports spot spots "
    "spring stage staged stale stall stand stands stared staring stars start starts state stated "
    "states station stations statue stature status statute stay steal steals steam steel steering "
    "step steps still stop stops storage store stored stores storied story stranger stream "
    "streams string strings strong stronger strung student stuff such support supported supports "
    "suppose surged switch system tail take taken taking tall teach team tell telling template "
    "tendency tense term text then therefore thing think third thorough though thought thousand "
    "thread threads threat three through throughput thus tide time timed timer times tire tired "
    "together token tokens took total tough trace track trash trashed treat treated tried tries "
    "trying turn turning twice type typical typically unable urgency used user uses using usual "
    "usually uvicorn vector version versions video videos viewer viewers visible visitor voice "
    "wager waited waiter wall want wanted watch watches water weather website week went wether "
    "whereas whether while white whole word work worries worry worse worst write writer writes "
    "year your zero"
)

# Words that change no meaning, whatever the field: order, connection, emphasis, how sure one is.
# * ends a stem. What a statement is about or does (users, average, change, types) must stay out of
# here: a field's own list says which of them a good answer to it holds.
HARMLESS_WORDS = words(
    "hi hello hey hmm haha uhh uh um lol me my mine her his hers imagine sorry "
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

# Words that can turn a statement round, narrow it or take it back, wherever they stand. Only a
# rubric can tell when they do not: its patterns and its `familiar` words account for them.
TURNING_WORDS = words(
    # left out, narrowed, put in another's place
    "minus except exception excepting excepted without excluding exclude* exclusive* barring "
    "omit* subtract* deduct* ignor* disregard* skip* discard* filter* instead rather "
    "unlike unless only merely solely unique distinct subset alone apart lack* absent absence "
    # not so
    "myth* wrong* false* incorrect* untrue inaccurate mistaken* pretend* fake* lie lies lying lied "
    "bogus hoax imaginary fiction* joke* joking kidding sarcas* iron* opposite* contrary reverse* "
    "invers* invert* vice versa supposedly allegedly hypothetical* rumour* rumor* "
    "claim claims claimed denied deny denies disagree* doubt* refute* disprov* contradict* "
    # hardly, less, not any more
    "rarely seldom hardly barely scarcely fewer less least decreas* reduc* lower* shrink* "
    "shrank minimal minimise* minimize* limit* maximum minimum despite "
    # kept from happening, made good
    "prevent* avoid* stop stops stopped stopping block* forbid* forbidden prohibit* ban banned "
    "disable* hide hides hiding hidden mask* encrypt* protect* redact* hash hashed hashes hashing "
    "anonymi* sanitiz* sanitis* scrub* remov* eras* wip* delet* clean cleans cleaned solve* fix "
    "fixes fixed fixing repair* cure* save saves saved saving free frees freed spare* harmless "
    "safe safely safer secure secured fine unaffected unharmed immune "
    # wished, praised, weighed
    "hope hopes hoping wish* enough plenty unlimited infinite supposed healthy "
    "normal "
    # set against what was said
    "although though whereas however nevertheless nonetheless albeit gladly happily "
    # of something else
    "marks* grade* teacher* professor* homework exam exams quiz"
)

# Other things and people than a question about one thing asks for: what they send, receive or
# break is another quantity. A rubric's patterns, its question and its `own` and `familiar` words
# say which of them belong to it.
ELSEWHERE_WORDS = words(
    # parts of systems beside the one asked about
    "ad ads advert* advertis* affiliate* analytics backup* billing bot bots robot* crawl* scrap* "
    "spider* broker* bucket* cache* cdn* captcha* cart carts chat* checkout* comment* compil* "
    "linter* cron* scheduler* documentation docs wiki tutorial* encod* transcod* exporter* forum* "
    "blog* newsletter* homepage* hotline* helpdesk* support thumbnail* avatar* poster* trailer* "
    "subtitle* caption* metadata mail* smtp inbox* sms kafka redis rabbitmq queue* nginx mongo* "
    "notification* payment* purchas* paypal playlist* profile* recommend* search* seo sitemap* "
    "signup* regist* staging sandbox* demo demos test tests testing tested tester* mock* "
    "synthetic* upload* wishlist* plugin* exten* heartbeat* probe* probing "
    "healthcheck* alarm* pager* repository commit* spreadsheet* calendar* vault* archive* "
    # other makers, and people who are no callers of it
    "netflix youtube twitch tiktok google facebook instagram competitor* competing rival* "
    "neighbour* neighbor* colleague* editor* publisher* creator* author* actor* director* "
    "journalist* developer* programmer* engineer* admin* manager* boss* ceo chief intern interns "
    "employee* staff marketing sales accounting accountant* finance department* supplier* vendor* "
    "partner* hacker* attacker* thief thieves burglar* police government teams committee* "
    # devices and surroundings
    "camera* microphone* studio* printer* scanner* laptop* tablet* television* wifi wlan router* "
    "modem* keyboard* weather computer* frontend laptops pc phones "
    # another one, another time
    "another others else's elsewhere foreign former previous next remaining beside adjacent nearby "
    "old older yesterday tomorrow ago midnight holiday* vacation "
    # what is said of a quantity, not the quantity
    "planned predicted forecast* target* goal* estimat* promised guarantee* contract* budgeted"
)
# Words for a whole of which there are many: "the billing system" is another one than "the system".
SYSTEM_WORDS = words(
    "service services system systems page pages site app apps application tool tools platform "
    "provider engine endpoint api apis table module route routes path function server servers "
    "database db backend website job jobs process processes worker workers container client "
    "component layer"
)
# What may stand before them and names no other one.
SYSTEM_MODIFIERS = words(
    "streaming stream video videos movie film media content web http api rest get backend python "
    "fastapi internal prod production central public live whole entire every each single same own "
    "main actual real given particular specific certain current one this that asked requested "
    "called busy"
)
# Words before "of" that say how many of something there are.
COUNTING_WORDS = words(
    "number numbers count counts amount share percentage percent fraction sum total proportion "
    "quantity ratio part tally"
)
# Who may do or meet what is counted: "requests the endpoint gets", "404s that our viewers see".
ACTORS = words(
    "server servers endpoint api app application service backend system viewer viewers user users "
    "client clients customer customers person people someone somebody nobody visitor visitors "
    "audience site website route path function handler program machine platform stream video "
    "request response first last one same whole code status public world outside"
)
