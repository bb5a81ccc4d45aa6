#pragma once
// What sendmail -t needs of a message's header.

#include <string>
#include <string_view>
#include <vector>

namespace external::commands {

/// The addresses in an address list as headers have it: `Anna <a@b.c>, "Last, First" <d@e.f>, group: g@h.i;`.
/// Names and comments are left out.
std::vector<std::string> addresses_in(std::string_view list);

/// The values of all fields of that name, folds undone. `header` as of postoffice::header_of.
std::vector<std::string> field_values(std::string_view header, std::string_view name);

/// The header without the fields of that name.
std::string without_field(std::string_view header, std::string_view name);

}  // namespace external::commands
