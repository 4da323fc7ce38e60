//! The attribute `#[testbed::test]`.

use proc_macro::{TokenStream, TokenTree};

/// Registers a function, which may be `async`, as a test.
///
/// The arguments are requirements (see `testbed::needs`), for example `#[testbed::test(emulator, strace)]`. If one is
/// missing on this machine, the test is ignored and the reason is printed. The argument `paused_clock` pauses tokio's
/// clock.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let arguments = words(arguments);
    let signature = words(function.clone());
    let mut parts = signature.splitn(2, |word| word == "fn");
    let is_async = parts.next().unwrap_or_default().iter().any(|word| word == "async");
    let name = parts.next().and_then(|rest| rest.first()).map_or("", String::as_str);

    let needs = arguments.iter().filter(|word| *word != "paused_clock");
    let needs: Vec<_> = needs.map(|need| format!("::testbed::needs::{},", need.to_uppercase())).collect();
    let needs = needs.concat();
    let call = match (is_async, arguments.iter().any(|word| word == "paused_clock")) {
        (true, true) => format!("::testbed::harness::block_on_with_paused_clock({name}())"),
        (true, false) => format!("::testbed::harness::block_on({name}())"),
        (false, _) => format!("{name}()"),
    };
    let test = format!(
        "::testbed::harness::submit! {{ ::testbed::harness::Test {{
            name: ::core::concat!(::core::module_path!(), \"::{name}\"),
            needs: &[{needs}],
            run: || {call},
        }} }}"
    );
    let test: TokenStream = test.parse().unwrap_or_default();
    [function, test].into_iter().collect()
}

/// Returns the identifiers outside brackets.
fn words(tokens: TokenStream) -> Vec<String> {
    let word = |token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    };
    tokens.into_iter().filter_map(word).collect()
}
