//! Checks for instructions to the model among the notes.

use contract::instruction::is_instruction;

use crate::finding::Finding;

pub(super) fn check(file: &str, text: &str) -> Option<Finding> {
    let line = text.lines().position(is_instruction)? + 1;
    let hint = "move them to `prompts/system_prompt.txt`: notes are information about you, and visitors may read them";
    Some(Finding::warning(file, Some(line), "contains instructions to the model", hint))
}
