"""Lines that web pages leave between the paragraphs of an article, as pattern sources.

Each is meant for `fullmatch` on one stripped line and is linear in time: no nested quantifiers but
over words that end at a separator, and bounded middles. They are written to miss rather than to
hit: a line of news that is dropped is lost, a line of debris that stays is mostly never chosen.

    FURNITURE   what no reporter writes, in any case
    PLEAS       what a page asks of its reader, in any case; no debris if somebody is reported
                to have said it ("Sign up today, the posters said")
    LABELS      a label and what it labels; in lower case it would be a sentence

FURNITURE and PLEAS are written for the line in lower case.
"""

from __future__ import annotations

from typing import NamedTuple


class Having(NamedTuple):
    """A pattern that is tried only on lines that hold one of the words, which is quick to see."""

    words: tuple[str, ...]
    pattern: str


_CALLED = r"[\w .'&-]{2,40} (?:press agency|press office|images|pictures|photo agency|news agency)"
_KNOWN = (
    r"(?:getty(?: images)?|reuters|associated press|ap(?: photo)?|afp|epa(?:-efe)?|pa(?: wire"
    r"| media)?"
    r"|shutterstock|alamy|corbis|bloomberg|xinhua|upi|zuma|rex features|wireimage|istock)"
)
AGENCY = rf"(?:{_KNOWN}|{_CALLED})"
NAME = r"[A-ZÀ-Þ][\w.'’-]*(?: (?:(?:de|van|von|der|la|al|bin) )?[A-ZÀ-Þ][\w.'’-]*){0,3}"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_DATE = (
    rf"(?:(?:{_DAY},? )?(?:\d{{1,2}} {MONTH},? \d{{4}}|{MONTH} \d{{1,2}},? \d{{4}})"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{2}-\d{2})"
)
_CLOCK = r"(?:\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?)(?: (?:[a-z]{2,4}))?"
_WHEN = rf"(?:{_DATE}(?:,? (?:at )?{_CLOCK})?|{_CLOCK}(?:,? (?:on )?{_DATE})?)"
_CREDITED = r"(?:[^.]|\b[A-ZÀ-Þ]\.)"
"""A character of a credit, which holds initials but no sentence."""

FURNITURE = (
    # placeholders, credits and captions
    r"(?:open image modal|enlarge this image|facebook twitter pinterest"
    r"|click to expand image)\b.{0,300}",
    r"(?:slideshow|gallery|photos?) \(\d+ (?:images?|photos?|pictures?)\)",
    r"\W+",
    r"(?:view image in fullscreen|click to (?:expand|enlarge)|(?:prev|next) image \d+ of \d+"
    r"|\d{1,3} ?(?:/|of) ?\d{1,3}|image|photo|video|gallery)",
    r"\[(?:pullquote|image|photo|video|audio[- ]clip|embed|gallery|caption)\]",
    r"(?:hide|toggle) caption\b.{0,300}",
    r"image (?:copyright|source|caption|credit)\b.{0,300}",
    r"(?:video|photo) caption\b.{0,300}",
    r"(?:image )?caption ?:.{0,300}",
    r"\(?ap photo/.{2,80}",
    rf"(?:in )?this .{{0,60}}(?:{_DATE}|{MONTH} \d{{4}}),? (?:file |handout )?"
    r"(?:photo|picture|image|frame)\b.{5,400}",
    _KNOWN,
    Having(("agency", "press office", "images", "pictures"), _CALLED),
    Having(("via ",), rf".{{0,400}}\bvia {AGENCY}\)?\.?"),
    Having(
        ("(photo", "(image", "(picture", "(credit", "(ap photo", "(reuters photo"),
        r".{0,400}\((?:photo|image|picture|credit|ap photo|photograph"
        r"|reuters photo)\b[^()]{0,100}\)\.?",
    ),
    r"reuters/[\w .'/-]{2,60}",
    # who wrote it, and when
    Having(("contributed to this",), r".{0,200}\bcontributed to this (?:report|story|article)\.?"),
    r"this (?:report|story|article) contains material from\b.{0,80}",
    Having(
        ("@",),
        r".{0,200}\b(?:follow|reach|contact|e-?mail) (?:him|her|them|us|me)\b[\w :]{0,20}"
        r"[\w.+-]{0,40}@[\w.-]+\.?",
    ),
    rf"(?:(?:first )?(?:published|posted|updated|last updated|last modified|created|modified)\b"
    rf"(?: on| at)?:? ?)?{_WHEN}(?: ?[|–—-] ?(?:updated|published)?:? ?{_WHEN})?\.?",
    rf"updated:? .{{0,8}}{_CLOCK}.{{0,30}}",
    r"(?:this (?:article|story|post|page) (?:was|has been) (?:last )?(?:amended|updated|corrected"
    r"|edited|modified)\b).{0,200}",
    r"updated? ?: ?(?:this|an earlier version of this|the) (?:article|story|post|page"
    r"|report)\b.{0,300}",
    r"\d{1,3} (?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?) ago",
    r"\d{1,2} ?(?:min|minute)s? read",
    r"this (?:article|story|post) is more than \d+ \w+ old",
    r"this is a (?:breaking|developing) (?:news )?story\b.{0,120}",
    r"this is a rush transcript\b.{0,80}",
    r"copy may not be in (?:its|the) final form\W{0,2}",
    # elsewhere on the site
    r"(?:also on|more from|more on) [^.!?]{2,60}(?::|\.{3}|…)?",
    r"(?:read more|continue reading|keep reading(?: below)?|see more|show more|load more|view more"
    r"|continue reading below|story continue[sd](?: below)?|article continues below"
    r"|related (?:articles?|stories|coverage|content|links|topics)|see also|you may also like"
    r"|you might also like|more on this story|more stories|recommended(?: for you)?"
    r"|most (?:read|popular|viewed|shared)|trending(?: now)?|popular(?: now)?|editor['’]s picks?"
    r"|up next|top stories|latest(?: news)?|sponsored|promoted(?: stories| content)?"
    r"|from around the web|around the web|what to read next)\W{0,4}",
    r"\( ?(?:photos?|videos?|related|also on|quiz|poll|watch|read|see also|listen"
    r"|more)\b[^():]{0,40}"
    r": ?[^()]{2,160}\)",
    r"\( ?(?:see|sign up for|click for) (?:more|full|also|our|the full|all)\b.{2,100}\)",
    # advertising
    r"(?:advertisement|advert|ad|ads|skip ad(?:vert)?|sponsored content|paid content"
    r"|advertiser content)\W{0,3}(?:story|article)?(?: continue[sd])?(?: below)?\W{0,3}",
    r"advertisement\W{1,3}(?:advertisement|continue reading\b.{0,40})",
    r"(?:advertisement ?[-–—] ?)?(?:story|article) continues (?:below|after)\b.{0,80}",
    Having(("affiliate link",), r".{0,80}\baffiliate links?\b.{0,120}"),
    r"support[_ ]us",
    # forms, cookies, legal, navigation
    r"(?:enter|your) (?:your )?e-?mail address\W{0,3}",
    r"something went wrong\W{0,3}(?:please )?(?:try again\b.{0,30})?",
    r"invalid (?:e-?mail(?: address)?|address)\W{0,2}",
    r"please (?:re-?enter|try again|enable javascript|verify you['’]re not a robot)\b.{0,80}",
    r"an error (?:has )?occurred\b.{0,40}",
    r"this site is protected by recaptcha\b.{0,160}",
    Having(
        ("by signing up", "by subscribing", "by clicking"),
        r".{0,400}\bby (?:signing up|subscribing|clicking[\w ‘’'“”\"]{0,20}),? (?:you|i) "
        r"(?:agree|accept|consent)\b.{0,300}",
    ),
    r"(?:newsletter|e-?mail) sign[ -]?up\b.{0,500}",
    r"(?:view|show|hide|read|see)? ?(?:all )?(?:\d+ )?comments?(?: \(\d+\))?",
    r"comments are (?:closed|open|now closed)\b.{0,40}",
    r"suggest a correction",
    r"accept (?:all )?cookies(?: to .{2,60})?\W{0,2}",
    r"this content (?:is hosted|is provided|is not available)\b.{0,200}",
    r"(?:©|\(c\) ?\d{4}|copyright (?:©|\(c\)|\d{4})).{0,200}",
    r"all rights reserved\W{0,2}",
    r"this material may not be published\b.{0,120}",
    r"content created by .{2,80} is available\b.{0,300}",
    r"this content is for information only\b.{0,120}",
    r"calls may be recorded\b.{0,100}",
    r"(?:skip to (?:main )?content|back to top|menu|home|search|previous|next|previous next|topics"
    r"|tags|sections|contact us|about us|privacy policy|terms of (?:use|service)|close|loading\W*)",
    r"(?:tagged|tags|topics|filed under|categories|keywords) ?:[^.!?]{2,160}",
    Having(("|", ">", "›", "»", "•"), r"[\w ]{2,21}(?:[|>›»•][\w ]{2,26}){2,8}"),
    r"(?:subscribe|log in|login|sign in|register|log in / register|(?:create (?:a free"
    r"|an)) account)\W{0,3}",
    r"already a subscriber\?.{0,40}",
    # social and players
    r"(?:share|tweet|pin|e-?mail|print|copy link|link copied|copied|save|bookmark|facebook|twitter"
    r"|whatsapp|linkedin|reddit|flipboard|instagram|youtube|telegram)(?: (?:this|on|via|to)"
    r"(?: (?:article|story|page|facebook|twitter|e-?mail|whatsapp|linkedin|pinterest"
    r"|reddit))?)?\W{0,2}",
    r"share (?:this|on|via|with) \w+(?: (?:share|tweet|post|e-?mail|on|via|\w+)){0,10}",
    r"(?:https?://)?(?:pic\.twitter\.com|t\.co|www\.twitter\.com|twitter\.com|bit\.ly)/\S{1,80}",
    r"https?://\S{1,300}",
    r"[—–-]{1,2} ?.{2,60}\(@\w{2,30}\).{0,40}",
    r"(?:follow )?@\w{2,30}(?:,? (?:and )?(?:follow )?@\w{2,30}){0,5}",
    r"(?:a post shared by|view this post on)\b.{0,80}",
    r"media playback is unsupported.{0,300}",
    r"your browser does not support\b.{0,80}",
    r"(?:play|replay|pause|mute|unmute|play (?:video|facebook)|watch video|embedded video|video)",
    r"replay more videos\b.{0,20}",
    r"\d{1,2}:\d{2} ?/ ?\d{1,2}:\d{2}",
    r"this video (?:can ?not|cannot) be played.{0,40}",
    # script residue
    r"\(function ?\(.*",
    Having(("window.",), r".{0,40}\bwindow\.\w+ ?=.*"),
    r"googletag\..*",
    r"(?:var|let|const) \w+ ?=.*",
    r"\{\{.*\}\}",
    r"[.#][\w-]+ ?\{[^}]*\}?",
    r"<!--.*",
    r"</?[a-z][\w-]*(?: [^>]*)?>",
)

PLEAS = (
    r"read (?:the )?(?:full|rest|entire|whole|original)\b.{0,80}",
    r"(?:click|tap) (?:here|for|to (?:get|read|view|watch|see|listen|subscribe))\b.{0,120}",
    r"(?:support|fund) (?:independent|quality|our|local) (?:journalism|reporting|work"
    r"|newsroom).{0,120}",
    Having(
        ("please consider",),
        r".{0,300}\bplease consider (?:supporting us|subscribing|donating|becoming"
        r"|making a)\b.{0,80}",
    ),
    Having(
        ("become a ", "make a "),
        r"(?:.{0,300}[.!?] )?(?:become a (?:member|subscriber|supporter)|make a (?:donation"
        r"|contribution))"
        r"(?: (?:today|now|here)\b.{0,60}|\W{0,3})",
    ),
    r"if you value (?:what we do|our (?:work|journalism|reporting))\b.{0,120}",
    r"(?:you have|you['’]ve) (?:read|reached|used) .{0,40}\b(?:articles?|limit)\b.{0,60}",
    r"subscribe (?:now|today|here|to (?:our|the|my|your|us))\b.{0,120}",
    r"to continue reading\b.{0,120}",
    r"(?:please )?sign up (?:for|to|here|now|today)\b.{0,60}\b(?:e-?mails?|alerts?"
    r"|briefing|updates|here|now|today|free|top stories|biggest stories)\b.{0,120}",
    Having(
        ("newsletter",),
        r"[^\"“]{0,200}\bsign(?:ing)? up\b.{0,160}\bnewsletters?\b.{0,400}"
        r"|[^\"“]{0,200}\bnewsletters?\b.{0,160}\bsign(?:ing)? up\b.{0,400}",
    ),
    Having(("your inbox",), r"[^\"“]{0,200}\byour inbox\b.{0,200}"),
    r"get the [^.,]{2,60} newsletters?\W{0,2}",
    r"(?:get|receive) .{0,80}\b(?:by e-?mail|breaking news alerts?)\b.{0,60}",
    r"(?:view|see) all [\w ]{0,40}newsletters?\W{0,2}",
    r"you (?:can|may) (?:unsubscribe|opt[- ]out|manage your)\b.{0,100}",
    r"you (?:agree to|will) receive (?:e-?mails?|occasional|updates)\b.{0,300}",
    r"(?:thank you|thanks) for (?:signing up|subscribing|registering).{0,100}",
    Having(
        ("delivered ",),
        r"(?:.{0,120}[.!?] )?delivered (?:every|each|daily|weekly|directly|straight"
        r"|to your)\b.{0,80}",
    ),
    r"(?:download|get) (?:our|the)(?: [\w ]{1,30})? app\b.{0,100}",
    r"listen to this (?:article|story).{0,20}",
    r"(?:subscribe to|listen to) (?:our|the) [\w ]{0,30}podcasts?\b.{0,60}",
    r"join the (?:conversation|discussion|debate) (?:in the comments|below|on).{0,60}",
    r"(?:have your say|what do you think\?|tell us what you think|let us know)\b.{0,20}"
    r"(?:[:?].{0,80}|in the comments.{0,40})",
    r"let us know what you['’ ].{0,120}",
    r"we want to hear (?:from you|what you think)\b.{0,120}",
    r"like what you['’]re reading\?.{0,80}",
    r"(?:please )?(?:send|submit|e-?mail) (?:us |your )?(?:tips?|letters?|an? (?:tip|letter"
    r"|e-?mail))\b.{0,120}",
    r"visit .{2,40} for (?:more|breaking|the latest)\b.{0,80}",
    Having(
        ("@",),
        r".{0,60}\b(?:e-?mail(?:ing)?|contact(?:ing)?) (?:our newsdesk|us|the newsdesk)?.{0,20}"
        r"\b[\w.+-]+@[\w.-]+\.[a-z]{2,}\W{0,2}",
    ),
    r"(?:got|have|know) (?:a|any) (?:story|question|tip|comment|view)s?\b[^.?]{0,40}\?.{0,120}",
    r"like (?:our page|us on)\b.{0,80}",
    r"[-–—•]? ?(?:follow|like|find|join) (?:us|me|him|her|@\w+|[\w ]{2,40}) (?:on|at) (?:twitter"
    r"|facebook|instagram|x|youtube|linkedin|tiktok|whatsapp|telegram)\b.{0,80}",
    r"join our [\w ]{2,30} (?:group|channel|community)\b.{0,60}",
    r"(?:we (?:and our \d+ partners )?(?:use|store|access)|this (?:site|website|page) uses) .{0,40}"
    r"\b(?:cookies to|cookies\W{0,2}$|information on your device)\b.{0,120}",
    r"the (?:views|opinions) expressed (?:by|in|here)\b.{0,80}\b(?:are|do not)\b.{0,200}",
)

_JOBS = ("Writer", "Reporter", "Correspondent", "Editor", "Columnist")
_LABEL = (
    r"read more|read next|read also|read on|see also|see more|also on|more on|more from|related"
    r"|related (?:coverage|articles?|stories|links?|content|topics?)|most read|don['’]t miss"
    r"|watch live|watch more|listen live|must read|recommended|up next|more|read|full coverage"
    r"|special coverage|contributing|in pictures|photos|slideshow|gallery"
)
_CREDIT_WORD = (
    r"(?:[A-ZÀ-Þ][\w'’-]*|and|in|by|for|from|with|the|of|de|van|von|additional|reporting|editing"
    r"|writing|compiled|graphics)"
)

LABELS = (
    rf"(?i:photo|photograph|image|picture|illustration|graphic)s? by [A-ZÀ-Þ]{_CREDITED}{{2,100}}",
    Having(
        (":",),
        rf".{{0,400}}\b(?:P(?:hotograph|HOTOGRAPH|hoto|HOTO|icture|ICTURE)|I(?:mage|MAGE)|C(?:redit"
        rf"|REDIT))"
        rf" ?: ?[A-ZÀ-Þ]{_CREDITED}{{2,80}}",
    ),
    r"(?i:photograph|photo|image|picture|illustration|credit|photo credit|image credit)s? ?:"
    r" ?[A-ZÀ-Þ0-9].{2,120}",
    r"(?:FILE(?: PHOTO| IMAGE)?|File photo) ?[-–—:] .{5,400}",
    # who is seen where on which day: a caption, unless something is told
    r"(?=.*+(?:(?<=\d)|(?<=\d\.)))"
    rf"(?!.{{0,400}}\b(?:said|says|told|was|were|is|are|has|have|had|will|would|after)\b)"
    rf".{{8,200}}\b(?:during|speaks|signs|arrives|attends|stands|walks|waves|gestures|listens|poses"
    rf"|looks)\b.{{5,250}}, (?i:{_DATE})\.?",
    r"\([A-ZÀ-Þ][\w /.'’-]{2,80} via [A-ZÀ-Þ][\w .'’-]{1,40}\)",
    r"\([A-ZÀ-Þ][\w .'’-]{2,50}/(?:AFP/)?(?:Reuters|AP|AFP|Getty(?: Images)?|EPA|PA|REUTERS|UPI"
    r"|Bloomberg)[\w /]{0,30}\)",
    rf"(?:>+ ?)?(?i:{_LABEL}) ?[:|] ?(?:[\"'‘“]?[A-ZÀ-Þ0-9].{{0,160}})?",
    # labels that open a sentence as often as a link: only without its full stop
    r"(?i:live|watch|listen|opinion|analysis"
    r"|explainer) ?[:|] ?(?:[\"'‘“]?[A-ZÀ-Þ0-9].{0,160}[^.!?”\"])?",
    r"\[?(?i:video|watch|photos|pictures|audio) ?: ?[\"'‘“]?[A-ZÀ-Þ0-9].{1,120}[^.!?”\"]\]?",
    r"(?:JUST WATCHED|MUST WATCH|Just Watched|Must Watch) .{2,300}",
    Having((" Read more",), r".{8,200}[^.!?,;:] Read more"),
    r"(?i:corrections?|clarification|editor['’]s note) ?:(?: ?[A-ZÀ-Þ].{5,400})?",
    r"(?i:paid for|sponsored|presented|brought to you) by [A-ZÀ-Þ][^.]{2,60}",
    rf"\(?(?i:(?:additional )?(?:reporting|editing|writing)) by (?:{_CREDIT_WORD}(?:[ ;,.|()/&]+"
    rf"|$))+",
    r"(?i:written|posted|edited|compiled|produced|published) by [A-ZÀ-Þ][^.!?,;]{1,80}",
    Having(
        ("/", "|"),
        rf"(?:{NAME}|[A-ZÀ-Þ' .-]{{3,40}}) ?[/|] ?"
        r"(?:Reuters|AP|AFP|Getty(?: Images)?|EPA|PA|REUTERS|GETTY"
        rf"|UPI|Bloomberg|NPR|Rex)(?:/[\w ]{{2,30}}){{0,3}}"
        rf"|.{{10,250}}[.!?] {NAME} ?/ ?[A-Z][\w ]{{1,40}}"
        rf"|.{{10,350}} REUTERS/{NAME}",
    ),
    rf"(?:[Bb]y|BY) {NAME}(?:(?:,| and|,? &) {NAME}){{0,4}}"
    r"(?:,? (?:[A-Z][\w.']+ ?){0,4}(?:[Ww]riter|[Rr]eporter|[Cc]orrespondent|[Ee]ditor|[Ss]taff"
    r"|[Aa]gency|News|Press|Times|Post|Herald|Courier|CNN|BBC|AP|Reuters"
    r"|staff)?)?(?: in [A-Z][\w ]{1,30})?",
    r"BY [A-Z][A-Z .'-]{3,60}",
    rf"By {NAME}(?: staff| ?\( ?@\w{{2,30}} ?\))?",
    Having(
        _JOBS,
        rf"{NAME},? (?:[A-Z][\w.'-]+ ){{0,3}}(?:{'|'.join(_JOBS)})",
    ),
    Having(
        ("@", "Follow", "Reach", "Email", "Contact"),
        rf"{NAME} (?:is|covers) .{{0,60}}\b(?:editor|correspondent|reporter|covers|columnist"
        rf"|for)\b.{{0,60}}"
        r"(?:@|\b(?:Follow|Reach|Email|Contact)\b).{0,60}",
    ),
    Having((" covers ",), rf"{NAME} covers [a-z][^\d]{{3,60}} for (?:the |The )?[A-Z].{{2,60}}"),
    # a dateline alone
    r"[A-Z][A-Z .'-]{2,40}(?:, [A-Z][\w. ]{1,20})?(?: \((?:[A-Z][\w ]{1,20})\))?(?: ?[-–—]+)",
    r"[A-Z][A-Z .'-]{2,40}(?:, [A-Z][\w. ]{1,20})? \((?:[A-Z]{2,8}|Reuters)\)(?: ?[-–—]+)?",
    r"(?:GETTY|AP|AFP|PA|EPA|MORE|ALSO ON [A-Z ]{2,40}:?|RELATED COVERAGE|SUPPORT_US|PHOTOS?"
    r"|VIDEO)",
)
