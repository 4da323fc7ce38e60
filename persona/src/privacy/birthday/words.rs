//! Words that make a date beside them a birthday, and those that do not.

/// Labels after which a date of any precision is a birthday.
pub(super) const LABELS: &str = concat!(
    r"date of birth|birth ?dates?|birthdays?|\bb-?days?\b|\bd\.?o\.?b\b\.?|\bmy [0-9]0th\b|",
    r"\bturn(?:s|ed|ing)? (?:[0-9]{2}|\p{L}+ty) on\b|\bI(?:['’]m|['’]ll| am| will)? turn(?:ed|ing)? [0-9]{2}\b|",
    r"geburtsdatum|geburtstag|geb(?:urts)?\.?[ -]?(?:dat(?:um)?\b\.?|tag)|",
    r"date[ _](?:de[ _])?naissance|\banniv\b|mon anniversaire|anniversaire(?: ?:| le\b)|naissance[^\n:0-9]{0,12}:|(?-i:\bDD?N\b)|",
    r"fecha[ _](?:de[ _])?nac(?:imiento|\.)|\bf(?:echa|\.)? ?nac\.|(?:nacimiento|\bnac\.)[^\n:0-9]{0,12}:|cumpleaños|",
    r"mi cumple\b|\bcumple de \p{L}+|cumpl\p{L}+ (?:[0-9]+ )?años|\bcumplo [0-9]+|\bm(?:es|is) [0-9]{2} (?:ans|años)|",
    r"data[ _](?:di[ _])?nascita|nascita[^\n:0-9]{0,12}:|complean(?:no|ni)|compi\p{L}+ gli anni|\bmiei [0-9]{2} anni|\bmio \p{L}+esimo\b|",
    r"data[ _](?:de[ _])?nasc(?:imento|\.)?|(?:nascimento|\bnasc\.)[^\n:0-9]{0,12}:|(?:meu )?aniversário|\bniver\b|fa[çz]\p{L}+ anos|",
    r"\bd\.?[dn]\.?n?\.?(?: ?:)|\bf\.? ?n\.?(?: ?:)|",
    r"(?:дата|день|число|месяц) рожд(?:ения|\.)|\bднюх\p{L}*|\bд[._ ]? ?р\b\.?|",
    r"誕生日|生年月日|出生日期|생년월일|",
    r"geboortedatum|verjaardag|fødselsdato|fødselsdag|födelsedatum|födelsedag|data urodzenia|urodziny|datum narození",
);
/// Words after which a full date is a birthday. A year alone is part of a story.
pub(super) const WORDS: &str = concat!(
    r"\bborn|came into (?:this|the) world|(?:daughter|son|baby) arrived|",
    r"\bgeboren|\bgeb\.|[\p{L})],? \(?\*|",
    r"\bnée?\b|\b(?:venue?|vins) au monde|vu le jour|",
    r"\bnacid[oa]|\bnací|\b(?:vine|llegué) al mundo|\bvi la luz|",
    r"(?-i:\b[Nn]at[oa](?:/[ao])?\b|\bNAT[OA] (?:A|IL|IN)\b)|\bn\. il\b|\b(?:venni|venut[oa]) al mondo|visto la luce|",
    r"\bnascid[oa]|\bnasci|\b(?:vim|cheguei) ao mundo|\bvi a luz|",
    r"\bродил(?:ся|ась)|появил\p{L}+ на свет|",
    r"\bfødt|\bfödd|\burodzon[ya]|\bur\.|\bnarozen[aý]?",
);
/// Labels of date and place, in any order.
pub(super) const WITH_PLACE: &str = concat!(
    r"(?:date and place|place and date) of birth|geburtsort und -datum|geburtsdatum und -ort|",
    r"(?:date et lieu|lieu et date) de naissance|(?:lugar y fecha|fecha y lugar) de nacimiento|",
    r"(?:luogo e data|data e luogo) di nascita|(?:local e data|data e local) de nascimento|",
    r"(?:дата и место|место и дата) рождения",
);
/// Short words that are only labels in a field of their own, as in a table or YAML.
pub(super) const FIELDS: &str = concat!(
    r"born(?: on)?|birth|geb|geboren(?: am)?|née?(?: le)?|naiss(?:ance)?|n(?:ac|asc)|nacid[oa](?: el)?|nacimiento|",
    r"nat[oa](?: il)?|nascita|nascid[oa](?: em)?|nascimento|cumple|d[._ ]?d?[._ ]?n|f[._ ]?n|",
    r"род|родил(?:ся|ась)|др|д[._]р|生年|生まれ|誕生",
);
/// Words about growing older.
pub(super) const AGING: &str = concat!(
    r"\bI(?:['’]m|['’]ll| am| will)? turn(?:ed|ing)?\b|\bI(?:['’]ll| will) be (?:[0-9]{2}|\p{L}+ty)\b|happy birthday|\byear older|",
    r"(?:z|ß)ig geworden|(?:wurde|werde) ich (?:[0-9]{2}|\p{L}+ig)\b|jahr älter|",
    r"soufflé|mon âge|an de plus|mes (?:[0-9]{2}|\p{L}+) ans|j['’]aurai (?:[0-9]{2}|\p{L}+) ans|",
    r"\bcumpl(?:í|o|iré)\b|mañanitas|año más|",
    r"compiut[oi]|\bcompi(?:o|rò)\b|vecchi[oa]|anno in più|",
    r"\bf(?:iz|aço|arei) (?:[0-9]{2}|\p{L}+(?: e \p{L}+)?) anos|meus anos|mais velh[oa]|",
    r"мне (?:стукн|исполн)\p{L}+|на год старше|\bродил(?:ся|ась)|",
    r"[歳才]に|年齢|生まれ|[0-9十]になり|誕生日?",
);
/// Questions about a birthday or an age.
pub(super) const QUESTIONS: &str = concat!(
    r"\bsign\b|zodiac|birthday|\bborn\b|\bcake\b|how old|",
    r"geburtstag|geboren|wie alt|sternzeichen|",
    r"\bsigne\b|\bné[es]?\b|\bâge\b|anniversaire|naissance|",
    r"\bsigno\b|\bnaci|\bedad\b|cumple|",
    r"\bsegno\b|\bnat[oa]\b|\betà\b|compleanno|compi gli anni|",
    r"\bnasc|\bidade\b|aniversário|fa(?:z|zes) anos|",
    r"гороскоп|знак зодиака|рожд|родил|",
    r"何座|星座|誕生|生まれ|何歳|年齢",
);
/// Projects, companies and ideas, which are born, too.
pub(super) const THINGS: &str = concat!(
    r"\bco-?op\b|coop[eé]rativ|associa|asociaci|collecti|colectiv|coletiv|collettiv|\bidea?\b|\bideen?\b|\bidée|\bideia|",
    r"proje[ck]t|proyecto|projeto|progetto|start-?up|festival|\bband\b|podcast|initiative|movement|\bproduct|\bcompany|",
    r"genossenschaft|verein\b|\bfirma\b|unternehmen|gruppe|entreprise|groupe|empresa|grupo|azienda|impresa|gruppo|",
    r"journal\b|revue|revista|rivista|zeitschrift|zeitung|magazine?\b|",
    r"кооператив|проект|\bиде[яию]|компани|артел|\bфирм|фестивал|организаци|журнал|",
    r"生協|会社|構想|企画|団体|組合|番組|作品|雑誌|プロジェクト|アイデア",
);
/// Children, whose birthdays are recent.
pub(super) const CHILDREN: &str = concat!(
    r"\bdaughter|\bour son\b|\bmy son\b|\bbaby\b|\btwins\b|\bsohn\b|\btochter\b|zwillinge|\bfils\b|\bfille\b|",
    r"\bhij[oa]\b|\bfigli[oa]\b|\bfilh[oa]\b|\bсын|\bдоч|長女|長男|次女|次男|息子|娘",
);
