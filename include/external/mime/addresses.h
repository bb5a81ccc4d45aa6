#pragma once
// Lists of addresses, as headers and command lines have them (RFC 5322 3.4, RFC 6532).

#include <string>
#include <string_view>
#include <vector>

namespace external::mime {

struct Addresses {
  /// Without names, comments and < >, in their order, those of groups as well. What they mean is not looked
  /// at: ANNA and NORTH/CLINIC/ANNA are addresses, too.
  std::vector<std::string> found;

  /// False if some of the list could not be understood: `found` may lack somebody, or hold one who is none.
  bool complete = true;
};

/// Reads `Anna <a@b.c>, "Last, First" <d@e.f>, group: g@h.i;`. Semicolons are taken for commas, as some
/// people write. Any bytes may come; after a NUL nothing is read, and the list is not complete. Any thread.
Addresses addresses_in(std::string_view list);

/// "Full Name <a@b.c>" as a header has it: quoted, or encoded where it needs that (RFC 2047). `name` is UTF-8
/// and may be empty: "<a@b.c>". On one line if the name is of usual length, else folded with LF.
std::string named_address(const std::string& name, const std::string& address);

}  // namespace external::mime
