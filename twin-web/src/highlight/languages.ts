// The syntax of languages, as far as highlighting needs it: comments, strings and keywords.

export interface Language {
  readonly comment: RegExp | undefined;
  readonly string: RegExp;
  readonly keywords: ReadonlySet<string>;
}

const QUOTES = /"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?/y;
const QUOTES_AND_TICKS = /"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?|`(?:[^`\\]|\\[^])*`?/y;
const PYTHON_QUOTES = /"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?/y;
const DOUBLE_QUOTES = /"(?:[^"\\]|\\[^])*"?|'(?:[^'\\\n]|\\.)'/y;
const SLASHES = /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/y;
const HASH = /#[^\n]*/y;

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));
const C =
  'if else for while do switch case default break continue return const static struct enum void int long short char float double bool '
  + 'unsigned signed sizeof typedef union extern goto inline volatile register true false null NULL nullptr ';
const OBJECTS =
  'class new this public private protected abstract final interface extends implements import package try catch finally throw throws '
  + 'super instanceof static ';

const script: Language = {
  comment: SLASHES,
  string: QUOTES_AND_TICKS,
  keywords: words(
    'const let var function return if else for while do switch case default break continue new class extends super this import export from as '
      + 'async await try catch finally throw typeof instanceof in of delete void yield null undefined true false interface type enum implements '
      + 'readonly public private protected static declare namespace keyof satisfies string number boolean any unknown never',
  ),
};
const python: Language = {
  comment: HASH,
  string: PYTHON_QUOTES,
  keywords: words(
    'def class return if elif else for while break continue pass import from as with try except finally raise lambda yield global nonlocal assert '
      + 'async await in is and or not None True False self del match case',
  ),
};
const rust: Language = {
  comment: SLASHES,
  string: DOUBLE_QUOTES,
  keywords: words(
    'fn let mut const static struct enum impl trait for while loop if else match return break continue use mod pub crate self Self super where as '
      + 'async await move ref dyn unsafe type in true false Some None Ok Err',
  ),
};
const go: Language = {
  comment: SLASHES,
  string: QUOTES_AND_TICKS,
  keywords: words(
    'func package import var const type struct interface map chan go defer return if else for range switch case default break continue select '
      + 'fallthrough nil true false string int error bool byte',
  ),
};
const java: Language = {
  comment: SLASHES,
  string: QUOTES,
  keywords: words(
    C
      + OBJECTS
      + 'namespace using template typename virtual override operator delete auto constexpr val var fun when object data string sealed record '
      + 'let func guard extension protocol async await',
  ),
};
const shell: Language = {
  comment: HASH,
  string: QUOTES,
  keywords: words(
    'if then else elif fi for while do done case esac in function return export local echo cd sudo exit set source',
  ),
};
const data: Language = { comment: HASH, string: QUOTES, keywords: words('true false null yes no on off') };
const sql: Language = {
  comment: /--[^\n]*|\/\*[^]*?(?:\*\/|$)/y,
  string: QUOTES,
  keywords: words(
    'select from where and or not insert into values update set delete create table drop alter index join left right inner outer on group by order '
      + 'having limit offset as distinct union all null is in like between case when then else end primary foreign key references default',
  ),
};
const markup: Language = { comment: /<!--[^]*?(?:-->|$)/y, string: QUOTES, keywords: words('') };
const style: Language = {
  comment: /\/\*[^]*?(?:\*\/|$)/y,
  string: QUOTES,
  keywords: words('important media supports import layer container from to'),
};

export const LANGUAGES: Readonly<Record<string, Language>> = {
  js: script,
  javascript: script,
  jsx: script,
  mjs: script,
  ts: script,
  typescript: script,
  tsx: script,
  py: python,
  python,
  rb: python,
  ruby: python,
  rust,
  rs: rust,
  go,
  golang: go,
  java,
  c: java,
  h: java,
  cpp: java,
  'c++': java,
  cs: java,
  csharp: java,
  kotlin: java,
  kt: java,
  swift: java,
  php: java,
  scala: java,
  dart: java,
  sh: shell,
  bash: shell,
  shell,
  zsh: shell,
  console: shell,
  dockerfile: shell,
  makefile: shell,
  json: data,
  yaml: data,
  yml: data,
  toml: data,
  ini: data,
  hcl: data,
  terraform: data,
  sql,
  html: markup,
  xml: markup,
  svg: markup,
  vue: markup,
  css: style,
  scss: style,
  less: style,
};
