"""What web pages leave between the paragraphs of an article, as patterns over one line.

Every pattern is matched against a whole stripped line with `fullmatch` and is linear in time: no
nested quantifiers, and the open middles are single `.*` runs. They are written to miss rather than
to hit: a line of news that is dropped is lost, a line of debris that stays is mostly never chosen.
"""

from __future__ import annotations

import re

MAX_DEBRIS_CHARS = 400
"""No longer line is debris unless it is script residue; the longest credits and notices found in
the corpora are under 300."""

_AGENCY = (
    r"(?:getty(?: images)?|reuters|associated press|ap(?: photo)?|afp|epa(?:-efe)?|pa(?: wire| media)?"
    r"|shutterstock|alamy|corbis|bloomberg|xinhua|upi|zuma|rex features|wireimage|istock"
    r"|[\w .'&-]{2,40} (?:press agency|press office|images|pictures|photo agency|news agency))"
)
_NAME = r"[A-ZÀ-Þ][\w.'’-]*(?: (?:(?:de|van|von|der|la|al|bin) )?[A-ZÀ-Þ][\w.'’-]*){0,3}"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_DATE = (
    rf"(?:(?:{_DAY},? )?(?:\d{{1,2}} {_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}},? \d{{4}})"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{2}-\d{2})"
)
_CLOCK = r"(?:\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?)(?: (?:[a-z]{2,4}))?"
_WHEN = rf"(?:{_DATE}(?:,? (?:at )?{_CLOCK})?|{_CLOCK}(?:,? (?:on )?{_DATE})?)"

_ANY_CASE = (
    # placeholders, credits and captions
    r"open image modal.*",
    r"(?:enlarge this image|facebook twitter pinterest)\b.*",
    r"(?:slideshow|gallery|photos?) \(\d+ (?:images?|photos?|pictures?)\)",
    r"\W+",
    r"(?:view image in fullscreen|enlarge this image|click to (?:expand|enlarge)|toggle caption"
    r"|hide caption|\[photo\]|\d{1,3} ?(?:/|of) ?\d{1,3}|image|photo|video|gallery)",
    r"image (?:copyright|source|caption|credit)\b.*",
    r"(?:video|photo) caption\b.*",
    r"(?:image )?caption ?:.*",
    r"(?:photo|photograph|image|picture|illustration|graphic) by .{2,100}",
    r"\(?ap photo/.{2,80}",
    rf"{_AGENCY}",
    rf".{{0,300}}\bvia {_AGENCY}\)?\.?",
    r".{0,300}\((?:photo|image|picture|credit|ap photo|photograph)\b[^()]{0,100}\)\.?",
    r".{0,300}\b(?:photograph|photo|image|picture) ?: [^.]{2,80}",
    r"reuters/[\w .'/-]{2,60}",
    r"file ?[-–—:] .{5,300}",
    # who wrote it
    r"(?:associated press|ap|reuters|staff) (?:writers?|reporters?|journalists?|correspondents?)\b"
    r".{0,150}\bcontributed to this (?:report|story|article)\.?",
    r".{0,200}\bcontributed to this (?:report|story|article)\.?",
    r".{0,200}\b(?:follow|reach|contact) (?:him|her|them|us|me) (?:on twitter |at |on )?@?[\w.@-]+\.?",
    # when
    rf"(?:(?:first )?(?:published|posted|updated|last updated|last modified|created|modified)\b"
    rf"(?: on| at)?:? ?)?{_WHEN}(?: ?[|–—-] ?(?:updated|published)?:? ?{_WHEN})?\.?",
    rf"updated:? .{{0,8}}{_CLOCK}.{{0,30}}",
    r"(?:this (?:article|story|post|page) (?:was|has been) (?:last )?(?:amended|updated|corrected"
    r"|edited|modified)\b).{0,200}",
    r"\d{1,3} (?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?) ago",
    r"\d{1,2} ?(?:min|minute)s? read",
    r"this (?:article|story|post) is more than \d+ \w+ old",
    r"(?:correction|clarification|editor['’]s note|update|updated) ?:.{5,300}",
    r"this is a (?:breaking|developing) (?:news )?story\b.{0,120}",
    # elsewhere on the site
    r"(?:also on|more from|more on) .{2,60}:?",
    r"(?:read|click here to read|read) (?:the )?(?:full|rest|entire|whole|original)\b.{0,80}",
    r"(?:click|tap) (?:here|to (?:get|read|view|watch|see|listen))\b.{0,120}",
    r"(?:read more|continue reading|keep reading(?: below)?|see more|show more|load more|view more"
    r"|continue reading below|story continues(?: below)?|article continues below|related (?:articles?|stories|coverage"
    r"|content|links|topics)|see also|you may also like|you might also like|more on this story"
    r"|more stories|recommended(?: for you)?|most (?:read|popular|viewed|shared)|trending(?: now)?"
    r"|popular(?: now)?|editor['’]s picks?|up next|top stories|latest(?: news)?|sponsored"
    r"|promoted(?: stories| content)?|from around the web|around the web|what to read next)\W{0,4}",
    # advertising and pleas
    r"(?:advertisement|advert|ad|ads|skip ad(?:vert)?|sponsored content|paid content"
    r"|advertiser content)\W{0,3}(?:story|article)?(?: continues)?(?: below)?\W{0,3}",
    r"(?:advertisement ?[-–—] ?)?(?:story|article) continues (?:below|after)\b.{0,80}",
    r".{0,80}\baffiliate links?\b.{0,120}",
    r"support[_ ]us",
    r"(?:support|fund) (?:independent|quality|our|local) (?:journalism|reporting|work|newsroom).{0,120}",
    r".{0,200}\b(?:become a (?:member|subscriber|supporter)|consider (?:supporting|donating"
    r"|subscribing|making a (?:donation|contribution))|make a (?:donation|contribution))\b.{0,80}",
    r"if you value (?:what we do|our (?:work|journalism|reporting))\b.{0,120}",
    r"(?:you have|you['’]ve) (?:read|reached|used) .{0,40}\b(?:articles?|limit)\b.{0,60}",
    r"(?:subscribe|subscribe now|subscribe today|log in|login|sign in|register|log in / register"
    r"|already a subscriber\?.{0,40}|create (?:a free|an) account)\W{0,3}",
    r"subscribe (?:now|today|here|to (?:our|the|my|your|us))\b.{0,120}",
    r"to continue reading\b.{0,120}",
    # newsletters, apps, comments, cookies
    r"(?:please )?sign up (?:for|to|here|now|today)\b.{0,40}\b(?:newsletters?|e-?mails?|alerts?"
    r"|briefing|updates|inbox|here|now|today|free)\b.{0,100}",
    r"by signing up\b.{0,160}",
    r"(?:get|receive|have) .{0,80}\b(?:inbox|newsletter|by e-?mail|breaking news alerts?)\b.{0,60}",
    r"(?:enter|your) (?:your )?e-?mail address\W{0,3}",
    r"(?:thank you|thanks) for (?:signing up|subscribing|registering).{0,60}",
    r"something went wrong.{0,60}",
    r"invalid (?:e-?mail|address)\W{0,2}",
    r".{0,120}\bdelivered (?:every|each|to your|straight|daily|weekly|directly)\b.{0,80}",
    r"(?:download|get) (?:our|the)(?: [\w ]{1,30})? app\b.{0,100}",
    r"listen to this (?:article|story).{0,20}",
    r"(?:subscribe to|listen to) (?:our|the) [\w ]{0,30}podcasts?\b.{0,60}",
    r"join the (?:conversation|discussion|debate) (?:in the comments|below|on).{0,60}",
    r"(?:view|show|hide|read|see)? ?(?:all )?(?:\d+ )?comments?(?: \(\d+\))?",
    r"comments are (?:closed|open|now closed)\b.{0,40}",
    r"(?:have your say|what do you think\?|tell us what you think|let us know)\b.{0,20}"
    r"(?:[:?].{0,80}|in the comments.{0,40})",
    r".{0,60}\b(?:e-?mail(?:ing)?|contact(?:ing)?) (?:our newsdesk|us|the newsdesk)?.{0,20}"
    r"\b[\w.+-]+@[\w.-]+\.[a-z]{2,}\W{0,2}",
    r"suggest a correction",
    r"(?:got|have|know) (?:a|any) (?:story|question|tip|comment|view)s?\b[^.?]{0,40}\?.{0,120}",
    r"like our page\b.{0,80}",
    r"\([\w /.'’-]{3,80} via [\w .'’-]{2,40}\)",
    r"(?:we (?:and our \d+ partners )?(?:use|store|access)|this (?:site|website|page) uses) .{0,40}"
    r"\b(?:cookies|information on your device)\b.{0,120}",
    r"accept (?:all )?cookies\b.{0,60}",
    r"this content (?:is hosted|is provided|is not available)\b.{0,200}",
    # legal and navigation
    r"(?:©|\(c\) ?\d{4}|copyright (?:©|\(c\)|\d{4})).{0,200}",
    r"all rights reserved\W{0,2}",
    r"this material may not be published\b.{0,120}",
    r"the views expressed (?:here|in this (?:article|column|piece)) are\b.{0,160}",
    r"this content is for information only\b.{0,120}",
    r"calls may be recorded\b.{0,100}",
    r"(?:skip to (?:main )?content|back to top|menu|home|search|previous|next|previous next|topics"
    r"|tags|sections|contact us|about us|privacy policy|terms of (?:use|service)|close|loading\W*)",
    r"(?:tagged|tags|topics|filed under|categories|keywords) ?:.{2,160}",
    r"[\w ]{2,20}(?: ?[|>›»•] ?[\w ]{2,24}){2,8}",
    # social and players
    r"(?:follow|like|find|join) (?:us|me|him|her|@\w+|[\w ]{2,40}) (?:on|at) (?:twitter|facebook"
    r"|instagram|x|youtube|linkedin|tiktok|whatsapp|telegram)\b.{0,80}",
    r"join our [\w ]{2,30} (?:group|channel|community)\b.{0,60}",
    r"(?:share|tweet|pin|e-?mail|print|copy link|copied|save|bookmark|facebook|twitter|whatsapp"
    r"|linkedin|reddit|flipboard|instagram)(?: (?:this|on|via|to)(?: (?:article|story|page"
    r"|facebook|twitter|e-?mail|whatsapp|linkedin|pinterest|reddit))?)?\W{0,2}",
    r"share (?:this|on|via|with) \w+(?: (?:share|tweet|e-?mail|on|via|\w+)){0,10}",
    r"(?:https?://)?(?:pic\.twitter\.com|t\.co|www\.twitter\.com|twitter\.com|bit\.ly)/\S{1,80}",
    r"https?://\S{1,300}",
    r"[—–-]{1,2} ?.{2,60}\(@\w{2,30}\).{0,40}",
    r"@\w{2,30}",
    r"(?:a post shared by|view this post on)\b.{0,80}",
    r"media playback is unsupported.{0,40}",
    r"your browser does not support\b.{0,80}",
    r"(?:play|replay|pause|mute|unmute|play video|watch video|embedded video|video)",
    r"\[?(?:video|watch|photos|pictures|audio) ?: .{2,120}\]?",
    r"\d{1,2}:\d{2} ?/ ?\d{1,2}:\d{2}",
    r"this video (?:can ?not|cannot) be played.{0,40}",
    # script residue
    r"\(function ?\(.*",
    r".{0,40}\bwindow\.\w+ ?=.*",
    r"googletag\..*",
    r"(?:var|let|const) \w+ ?=.*",
    r"\{\{.*\}\}",
    r"[.#][\w-]+ ?\{[^}]*\}?",
    r"<!--.*",
    r"</?[a-z][\w-]*(?: [^>]*)?>",
)

_THIS_CASE = (
    # a label, a colon and a title or a name; in lower case it would be a sentence
    r"(?i:photograph|photo|image|picture|illustration|credit|photo credit|image credit)s? ?:"
    r" ?[A-ZÀ-Þ0-9].{2,120}",
    r"(?:>+ ?)?(?i:read more|read next|read also|read on|see also|see more|also on|more on|more from"
    r"|related|related (?:coverage|articles?|stories|links?|content|topics?)|most read|don['’]t miss"
    r"|watch|watch live|watch more|listen|listen live|must read|recommended|up next|more|read"
    r"|full coverage|contributing|in pictures|live|photos|slideshow|gallery|opinion|analysis|explainer) ?[:|]"
    r" ?(?:[\"'‘“]?[A-ZÀ-Þ0-9].{0,160})?",
    r"(?i:paid for|sponsored|presented|brought to you) by [A-ZÀ-Þ][^.]{2,60}",
    r"\(?(?i:(?:additional )?(?:reporting|editing|writing)) by [A-ZÀ-Þ].{2,250}",
    r"(?i:written|posted|edited|compiled|produced|published) by [A-ZÀ-Þ].{2,80}",
    # "NICHOLAS KAMM via Getty Images" is covered above; here the bare agency credits
    rf"(?:{_NAME}|[A-ZÀ-Þ' .-]{{3,40}}) ?[/|] ?(?:Reuters|AP|AFP|Getty(?: Images)?|EPA|PA|REUTERS|GETTY"
    r"|UPI|Bloomberg|NPR|Rex)(?:/[\w ]{2,30}){0,3}",
    rf".{{10,250}}[.!?] {_NAME} ?/ ?[A-Z][\w ]{{1,40}}",
    rf"(?:[Bb]y|BY) {_NAME}(?:(?:,| and|,? &) {_NAME}){{0,4}}"
    r"(?:,? (?:[A-Z][\w.']+ ?){0,4}(?:[Ww]riter|[Rr]eporter|[Cc]orrespondent|[Ee]ditor|[Ss]taff"
    r"|[Aa]gency|News|Press|Times|Post|Herald|Courier|CNN|BBC|AP|Reuters|staff)?)?(?: in [A-Z][\w ]{1,30})?",
    r"BY [A-Z][A-Z .'-]{3,60}",
    rf"By {_NAME}(?: staff)?",
    rf"{_NAME},? (?:[A-Z][\w.'-]+ ){{0,3}}(?:Writer|Reporter|Correspondent|Editor|Columnist)",
    rf"{_NAME} (?:is|covers) .{{0,60}}\b(?:editor|correspondent|reporter|covers|columnist)\b.{{0,60}}"
    r"(?:@|[Ff]ollow|[Rr]each|[Ee]mail).{0,60}",
    rf"{_NAME} covers .{{3,60}} for (?:the |The )?[A-Z].{{2,60}}",
    # a dateline alone
    r"[A-Z][A-Z .'-]{2,40}(?:, [A-Z][\w. ]{1,20})?(?: \((?:[A-Z][\w ]{1,20})\))?(?: ?[-–—]+)",
    r"[A-Z][A-Z .'-]{2,40}(?:, [A-Z][\w. ]{1,20})? \((?:[A-Z]{2,8}|Reuters)\)(?: ?[-–—]+)?",
    r"(?:GETTY|AP|AFP|PA|EPA|MORE|ALSO ON [A-Z ]{2,40}:?|RELATED COVERAGE|SUPPORT_US|PHOTOS?|VIDEO)",
)

DATELINE = re.compile(
    r"[A-ZÀ-Þ][A-ZÀ-Þ.'’-]{2,}(?: [A-ZÀ-Þ][A-ZÀ-Þ.'’-]*){0,3}"
    r"(?:, [A-Z][\w.]*(?: [A-Z]?[\w.]+){0,2})?(?: \([^()]{2,30}\))?"
    r"(?: ?(?:--|[–—]) ?| ?- )"
    r"|[A-ZÀ-Þ][A-ZÀ-Þ.'’-]{2,}(?: [A-ZÀ-Þ][A-ZÀ-Þ.'’-]*){0,3}(?:, [A-Z][\w.]*(?: [A-Z]?[\w.]+){0,2})?"
    r" \((?:[A-Z]{2,8}|Reuters|Bloomberg)\) "
    r"|\((?:CNN|AP|Reuters|AFP|UPI|BBC|CBS|NBC|ABC|Fox News)[\w ]{0,20}\)(?: ?(?:--|[-–—]))? ?"
)
"""A place and agency in front of a lead: "MOSCOW (AP) — "; matched at the start of a line."""

_DEBRIS = re.compile("|".join(f"(?:{p})" for p in _ANY_CASE), re.IGNORECASE)
_DEBRIS_CASED = re.compile("|".join(f"(?:{p})" for p in _THIS_CASE))


def is_debris(line: str) -> bool:
    """Whether a stripped, non-empty line is what the page put there and not the reporter."""
    if line.startswith(("(function", "googletag", "window.")):
        return True
    if len(line) > MAX_DEBRIS_CHARS:
        return False
    return bool(_DEBRIS.fullmatch(line) or _DEBRIS_CASED.fullmatch(line))
