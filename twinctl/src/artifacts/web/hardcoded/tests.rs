//! Tests with code in the formats of common bundlers.

use proptest::prelude::*;

use super::{AddressUse, HardcodedFile, Obstacle};

const GATEWAY: &str = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";

fn rewrite(text: &str) -> (String, Vec<Obstacle>) {
    let Some(file) = HardcodedFile::of("a.js", text.as_bytes().to_vec()) else {
        return (text.to_owned(), vec![]);
    };
    let obstacles = file.uses.iter().filter_map(|used| used.obstacle.clone()).collect();
    (String::from_utf8(file.rewritten()).unwrap(), obstacles)
}

#[test]
fn a_removed_address_leaves_a_path_at_the_page_s_own_origin() {
    for (built, expected) in [
        // Next.js: with an address, without one, and with a compiler that keeps template literals.
        (
            r#"fetch("".concat("GATEWAY","/chat"),{method:"POST"})"#,
            r#"fetch("".concat("","/chat"),{method:"POST"})"#,
        ),
        (
            r#"fetch("".concat(n.env.NEXT_PUBLIC_API_URL||"http://localhost:8000","/chat"))"#,
            r#"fetch("".concat(n.env.NEXT_PUBLIC_API_URL||"","/chat"))"#,
        ),
        (r#"fetch(`${"http://localhost:8000"}/chat`)"#, r#"fetch(`${""}/chat`)"#),
        // Vite folds constants.
        (r#"const e="GATEWAY";await fetch(`${e}/chat`)"#, r#"const e="";await fetch(`${e}/chat`)"#),
        ("fetch(`GATEWAY/conversation/${id}`)", "fetch(`/conversation/${id}`)"),
        ("fetch(`http://localhost:8000${path}`)", "fetch(`${path}`)"),
        ("fetch('http://127.0.0.1:8000/api/chat?stream=1')", "fetch('/api/chat?stream=1')"),
        (r#"axios.create({baseURL:"http://localhost:8000/"})"#, r#"axios.create({baseURL:"/"})"#),
        (r#"axios.create({baseURL:"http://localhost:8000/api"})"#, r#"axios.create({baseURL:"/api"})"#),
        (r#"fetch("http://localhost:8000/conversation/"+id)"#, r#"fetch("/conversation/"+id)"#),
        // The payload of a server component, as a string in an inline script.
        (
            r#"self.__next_f.push([1,"5:[\"$\",\"$L2\",null,{\"api\":\"GATEWAY\",\"path\":\"GATEWAY/chat\"}]\n"])"#,
            r#"self.__next_f.push([1,"5:[\"$\",\"$L2\",null,{\"api\":\"\",\"path\":\"/chat\"}]\n"])"#,
        ),
        // Turbopack and development builds have modules as strings.
        (r#"eval("fetch(\\\"http://localhost:8000/chat\\\")")"#, r#"eval("fetch(\\\"/chat\\\")")"#),
        (r#"<form action="GATEWAY/chat">"#, r#"<form action="/chat">"#),
        ("<p data-config='{\"api\":\"GATEWAY\"}'>", "<p data-config='{\"api\":\"\"}'>"),
        (
            "<astro-island props=\"{&quot;api&quot;:&quot;GATEWAY&quot;}\">",
            "<astro-island props=\"{&quot;api&quot;:&quot;&quot;}\">",
        ),
        // Next to `new URL`, but not an argument of it.
        (
            r#"new URL("/a",location.href);fetch("http://localhost:8000/chat")"#,
            r#"new URL("/a",location.href);fetch("/chat")"#,
        ),
        (r#"f(new URL(a),"http://localhost:8000/chat")"#, r#"f(new URL(a),"/chat")"#),
        (r#"URL.createObjectURL("http://localhost:8000/chat")"#, r#"URL.createObjectURL("/chat")"#),
    ] {
        let (rewritten, obstacles) = rewrite(&built.replace("GATEWAY", GATEWAY));
        assert_eq!((rewritten.as_str(), obstacles), (expected, vec![]), "{built}");
    }
}

#[test]
fn addresses_with_an_obstacle_are_not_removed() {
    let path = |path: &str| Obstacle::Path(path.to_owned());
    for (built, expected) in [
        (r#"new URL("/chat","http://localhost:8000")"#, Obstacle::Base),
        (r#"new URL("http://localhost:8000/chat")"#, Obstacle::Base),
        (r#"new URL("/chat",n.env.API||"GATEWAY")"#, Obstacle::Base),
        (r#"fetch(new URL("".concat("GATEWAY","/chat")))"#, Obstacle::Base),
        (r#"new URL(`${"http://localhost:8000"}/chat`)"#, Obstacle::Base),
        ("new window.URL ( '/chat' , 'http://localhost:8000' )", Obstacle::Base),
        (r#"fetch("GATEWAY/prod/chat")"#, path("/prod/chat")),
        (r#"let e="GATEWAY/prod""#, path("/prod")),
        (r#"fetch("GATEWAY/$default/chat")"#, path("/$default/chat")),
        ("fetch(`GATEWAY/dev/${x}`)", path("/dev/")),
        (r#"fetch("http://localhost:8000/chats")"#, path("/chats")),
        (r#"fetch("http://localhost:8000/apix/chat")"#, path("/apix/chat")),
        ("throw Error('is it running at http://localhost:8000?')", Obstacle::InText),
        ("`see http://localhost:8000/chat`", Obstacle::InText),
        (r#""http://localhost:8000 is down""#, Obstacle::InText),
        (r#""http://localhost:8000/chat is down""#, Obstacle::InText),
        (r#""http://localhost:8000?x=1""#, Obstacle::InText),
        (r#""http://localhost:8000\n""#, Obstacle::InText),
        ("// GATEWAY", Obstacle::InText),
        ("http://localhost:8000", Obstacle::InText),
        (
            r#"<meta http-equiv="Content-Security-Policy" content="connect-src 'self' GATEWAY">"#,
            Obstacle::Policy,
        ),
        (r#"<META content="GATEWAY" HTTP-EQUIV=content-security-policy>"#, Obstacle::Policy),
    ] {
        let built = built.replace("GATEWAY", GATEWAY);
        assert_eq!(rewrite(&built), (built.clone(), vec![expected]), "{built}");
    }
}

#[test]
fn an_obstacle_affects_only_its_own_address() {
    let built = r#"let a="http://localhost:8000",b=new URL("/x","http://localhost:8000");fetch("http://localhost:8000/chat")"#;
    let expected = r#"let a="",b=new URL("/x","http://localhost:8000");fetch("/chat")"#;
    assert_eq!(rewrite(built), (expected.to_owned(), vec![Obstacle::Base]));
}

#[test]
fn each_obstacle_explains_how_to_build_the_page() {
    let obstacles = [
        Obstacle::InText,
        Obstacle::Base,
        Obstacle::Path("/prod/chat".to_owned()),
        Obstacle::Policy,
        Obstacle::Pinned,
    ];
    let texts: Vec<_> = obstacles.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(texts.join("\n"), @"
    it is inside a longer text; if the page calls it, build the page with a string literal that begins with the address
    it is used in `new URL(…)`; build the page with `location.origin` as the base
    the twin has nothing at `/prod/chat`; build the page to call `/chat`, without a stage name
    a Content-Security-Policy in the page contains it; build the page with `connect-src 'self'` in the policy
    the page contains a hash of the file; build it without `integrity` attributes, and without hashes in its Content-Security-Policy
    ");
}

/// Random text that contains addresses.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        "[\"'`\\\\(){}$;/ ]{1,4}",
        Just("new URL(".to_owned()),
        Just("/chat".to_owned()),
        Just("<meta http-equiv=content-security-policy content=".to_owned()),
        Just("http://localhost:8000".to_owned()),
        Just(format!("\"{GATEWAY}")),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn only_addresses_are_removed(text in text()) {
        let Some(file) = HardcodedFile::of("a.js", text.clone().into_bytes()) else { return Ok(()) };
        let rewritten = String::from_utf8(file.rewritten()).unwrap();
        let mut restored = rewritten.clone();
        let removable: Vec<&AddressUse> = file.uses.iter().filter(|used| used.obstacle.is_none()).collect();
        let mut removed = 0;
        for used in &removable {
            prop_assert_eq!(&text[used.place.clone()], used.address.as_str());
            prop_assert!(text[..used.place.start].ends_with(['"', '\'', '`', ';']));
        }
        for used in &removable {
            restored.insert_str(used.place.start, &used.address);
            removed += used.address.len();
        }
        prop_assert_eq!(&restored, &text);
        prop_assert_eq!(rewritten.len() + removed, text.len());
    }

    #[test]
    fn text_without_an_address_has_no_uses(text in "\\PC{0,200}") {
        prop_assert_eq!(HardcodedFile::of("a.js", text.into_bytes()), None);
    }
}
