#pragma once
// Names in any script: when two spellings are one name, and what has no place in a name. docs/addresses.md

#include <string>
#include <string_view>

namespace external::unicode {

/// How a name is compared: composed (NFC, UAX 15), and folded letter by letter (the "simple" folding of
/// Unicode, without regard to any language). So Jürgen is jürgen however the ü is put together, while straße
/// is not strasse and a dotless i is not an i: mail for one never reaches the other.
std::u32string folded(std::u32string_view name);

/// The same in capitals, of those letters whose capital folds back to them.
std::u32string in_capitals(std::u32string_view name);

/// Why a text is no name, in words that can follow "the mailbox"; empty if it is one. ASCII is not judged.
/// A name holds letters, marks, digits and pictures (Emoji); nothing that cannot be seen or changes the
/// direction of what follows, nothing that is another form of usual characters (U+FF0F is '/' in full width),
/// and it is read either from the left or from the right (RFC 5893, 2).
std::string complaint_about(std::u32string_view name);

}  // namespace external::unicode
