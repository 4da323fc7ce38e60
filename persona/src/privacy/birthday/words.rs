//! Words that make a date beside them a birthday, and those that do not.

/// Labels after which a date of any precision is a birthday.
pub(super) const LABELS: &str = concat!(
    r"date of birth|birth ?dates?|birthdays?|\bb-?days?\b|\bd\.?o\.?b\b\.?|\bmy [0-9]0th\b|",
    r"\bturn(?:s|ed|ing)? (?:[0-9]{2}|\p{L}+ty) on\b|\bI(?:['’]m|['’]ll| am| will)? turn(?:ed|ing)? [0-9]{2}\b|",
    r"geburtsdatum|geburtstag|geb(?:urts)?\.?[ -]?(?:dat(?:um)?\b\.?|tag)|",
    r"date[ _](?:de[ _])?naissance|\banniv\b|mon anniversaire|anniversaire(?: ?:| le\b)|naissance[^\n:0-9]{0,12}:|(?-i:\bDD?N\b)|\bd\.(?:d\.)?n\.|",
    r"\bf(?:ech?a?[. _]{0,2}|[. _]{1,2})(?:de?[ _])?nac(?:imiento|id[oa]|\.|_|\b)|\bfdn\b|\bnacimiento[^\n:0-9]{0,12}:|\bnac\.|cumplea[ñn]os|",
    r"\bcelebro (?:los|mis) (?:[0-9]{2}|\p{L}+nta)\b|\blos \p{L}+(?: y \p{L}+)? me caen|\bmi cumple\b|\bcumple de \p{L}+|cumpl\p{L}+ (?:[0-9]+ )?años|\bcumpl(?:o|í|iré) (?:los )?[0-9]+|\bm(?:es|is) [0-9]{2} (?:ans|años)|",
    r"\bd(?:ata?|t)?[. _]{0,2}(?:di?[ _])?nasc(?:ita)?\b|nascita[^\n:0-9]{0,12}:|\banni miei|(?:compio|faccio|festeggio|far[òo]) (?:gli|i) (?:anni|\p{L}+anta)|genetliaco|segno(?: zodiacale| ?:)|complean(?:no|ni)|compi\p{L}+ gli anni|\bmiei [0-9]{2} anni|\bmio \p{L}+esimo\b|",
    r"\bd(?:ata?|t)?[. _]{0,2}(?:de?[ _])?nasc(?:imento|\.)?|(?:nascimento|\bnasc\.)[^\n:0-9]{0,12}:|aniversário|meu aniversario|\bnasci (?:a|em)\b|\bniver\b|fa[çz]\p{L}+ anos|",
    r"\bd\.?[dn]\.?n?\.?(?: ?:)|\bf[./ ]{0,2}(?:de )?n\.?(?: ?:)|",
    r"(?:дата|день|число|месяц) рожд(?:ения|\.)|\bднюх\p{L}*|\bд[._ ]? ?р\b\.?|",
    r"schaltjahr\p{L}*|leap[ -](?:day|year) (?:child|baby|kid|born)|enfant bissextile|bisiest[oa]|bisestile|bissext[oa]|високосн\p{L}+|",
    r"star ?sign|zodiac|sternzeichen|signe(?: astro\p{L}*| du zodiaque)? ?:|signo(?: del zod\p{L}+| zodiacal| do zod\p{L}+| ?:)|знак зодиака|星座|",
    r"誕生日|生年月日|出生日期|생년월일|",
    r"geboortedatum|verjaardag|fødselsdato|fødselsdag|födelsedatum|födelsedag|data urodzenia|urodziny|datum narození",
);
/// Words after which a full date is a birthday. A year alone is part of a story.
pub(super) const WORDS: &str = concat!(
    r"\bborn|came into (?:this|the) world|",
    r"\bgeboren|\bgeb\.|[\p{L})],? \(?\*|",
    r"\bnée?\b|",
    r"\bnacid[oa]|\bnace en|(?:madre|padre|herman[oa]|mujer|marido|pareja|espos[oa]|abuel[oa]|novi[oa])[^0-9\n.;!?]{0,20}\bnació|",
    r"(?-i:\b[Nn]at[oa](?:/[ao])?\b|\bNAT[OA] (?:A|IL|IN)\b)|\bn\. (?:a [^0-9\n]{2,30} )?il\b|\bnasce a|",
    r"\bnascid[oa]|\bnasce em|(?:mãe|pai|irmão?|irmã|marido|mulher|espos[oa]|avó|avô)[^0-9\n.;!?]{0,20}\bnasceu|",
    r"\bfødt|\bfödd|\burodzon[ya]|\bur\.|\bnarozen[aý]?",
);
/// Words that tell of a birth, before or behind the date.
pub(super) const BORN: &str = concat!(
    r"\bI was born|had me\b|",
    r"\b(?:venue?|vins) au monde|vu le jour|m['’]a (?:eue?|mise? au monde)|\bje suis née?\b|",
    r"\bnac(?:í|imos)\b|\bme nacieron|\bnazco\b|\b(?:vine|llegué) al mundo|\bvi la luz|\bme (?:tuvo|parió|trajo al mundo|dio a luz)|",
    r"\bsono nat[oa]\b|\bnac?qui\b|\bnasco\b|\b(?:venni|venut[oa]) al(?:la luce| mondo)|visto la luce|\bmi (?:fece|mise al mondo|partorì|ha (?:fatt[oa]|mess[oa] al mondo|partorit[oa]))|",
    r"\bnasc(?:i|emos)\b|\bnasço\b|\b(?:vim|cheguei) ao mundo|\bvi(?:m à| a) luz|\bme (?:teve|pariu|deu à luz)|",
    r"\bродил(?:ся|ась)|появил\p{L}+ на свет|меня родила|родила меня",
);
/// Signs of the zodiac that have no other meaning.
pub(super) const SIGNS: &str = concat!(
    r"\b(?:aries|taurus|tauro|touro|g[ée]minis|gémeaux|áries|ariete|bélier|овен|телец|scorpi(?:o|on|one)|escorpi(?:o|ón|ão)|sagitt?ari(?:us|o)|sagittaire|skorpion|steinbock|wassermann|",
    r"capricorn(?:us|io|e)?|capricórnio|aquarius|acuario|acquario|aquário|verseau|piscis|козерог|скорпион|водолей|стрелец)\b|[羊牛子蟹女秤蠍手瓶魚]座|",
    r"\b(?:soy|sono|sou|ich bin|je suis|i['’]m|i am) (?:una? |um |une |eine? |d[ue] |del? |dei )?(?:leo|virgo|libra|c[aáâ]ncer|leone|toro|bilancia|vergine|",
    r"pesci|gemelli|cancro|virgem|peixes|gêmeos|balança|löwe|waage|fische?|widder|stier|krebs|jungfrau|zwilling|lion|vierge|balance|poissons|gemini)\b",
);
/// The marital status, or children.
pub(super) const STATUS: &str = concat!(
    r"(?:[0-9]|\p{L}+) (?:hij[oa]s?|figli[oae]?|children|kids?|kinder|enfants?|filh[oa]s?|детей|дети)\b|",
    r"(?:ledig|verheiratet|geschieden|single|married|divorced|solter[oa]|casad[oa]|divorciad[oa]|coniugat[oa]|sposat[oa]|nubile|celibe|",
    r"célibataire|mariée?|divorcée?|solteir[oa]|холост|замужем|женат|不?婚)\b",
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
    r"geburtstags\p{L}+|(?:z|ß)ig geworden|(?:wurde|werde) ich (?:[0-9]{2}|\p{L}+ig)\b|jahr älter|",
    r"soufflé|souffl\p{L}+ (?:\p{L}+ )?bougies|mon (?:âge|anniversaire)|an de plus|mes (?:[0-9]{2}|\p{L}+) ans|j['’]aurai (?:[0-9]{2}|\p{L}+) ans|",
    r"\bcumpl(?:í|o|iré)\b|mañanitas|año más|sopl\p{L}+ (?:las )?velas|\bhago (?:los )?[0-9]{2}\b|caen los \p{L}+|mi cumple(?:años)?\b|",
    r"compiut[oi]|\bcompi(?:o|rò)\b|vecchi[oa]|anno in più|\bfaccio (?:[0-9]{2}|\p{L}+nta) anni|\bne (?:faccio|compio)\b|spe(?:gn|ng)\p{L}+ (?:le )?candeline|mio compleanno|",
    r"\bf(?:iz|aço|arei) (?:[0-9]{2}|\p{L}+(?: e \p{L}+)?) anos|meus anos|mais velh[oa]|\b(?:sopr|apag)\p{L}+ (?:as )?vel(?:as|inhas)|meu anivers[áa]rio|",
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
/// Projects, companies and ideas, which can also be "born".
pub(super) const THINGS: &str = concat!(
    r"\bco-?op\b|coop[eé]rativ|associa|asociaci|collecti|colectiv|coletiv|collettiv|\bidea?\b|\bideen?\b|\bidée|\bideia|",
    r"proje[ck]t|proyecto|projeto|progetto|start-?up|festival|\bband\b|podcast|initiative|movement|\bproduct|\bcompany|",
    r"genossenschaft|verein\b|\bfirma\b|unternehmen|gruppe|entreprise|groupe|empresa|grupo|azienda|impresa|gruppo|",
    r"journal\b|revue|revista|rivista|zeitschrift|zeitung|magazine?\b|",
    r"кооператив|проект|\bиде[яию]|компани|артел|\bфирм|фестивал|организаци|журнал|станци|радио|магазин|школ|приложени|музе[йя]|театр|",
    r"\bradio|\bstation|\bsender\b|emisora|emissora|stazione|\bappl?i?\b|application|aplica|applicazione|\bblog|\bshop|tienda|negozio|\bloja|boutique|magasin|",
    r"\bladen\b|schule\b|\bschool|escuela|\bscuola|\bescola|école|theat|teatr|théât|mus(?:eum|eo|eu|ée)|verlag|editorial|editora|\bbrand\b|\bmar(?:ca|ke|que)\b|",
    r"生協|会社|構想|企画|団体|組合|番組|作品|雑誌|プロジェクト|アイデア",
);
/// Children, whose birthdays are recent.
pub(super) const CHILDREN: &str = concat!(
    r"\bdaughter|\bour son\b|\bmy son\b|\bbaby\b|\btwins\b|\bsohn\b|\btochter\b|zwillinge|\bfils\b|\bfille\b|jumea|jumelles|",
    r"\bhij[oa]s?\b|melliz|\bgemel[oa]s|\bfigli[oae]?\b|gemell[ei]|\bfilh[oa]s?\b|g[êé]me[oa]s|\bсын|\bдоч|близнец|двойн|双子|長女|長男|次女|次男|息子|娘",
);
