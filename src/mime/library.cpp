#include "library.h"

#include <array>

namespace external::mime {

Options make_options() {
  // GMime registers its types once in a process, and wants to be told before its first use.
  static const bool ready = [] {
    g_mime_init();
    return true;
  }();
  static_cast<void>(ready);
  Options options(g_mime_parser_options_new());
  std::array<const char*, 3> charsets{"utf-8", "iso-8859-1", nullptr};
  g_mime_parser_options_set_fallback_charsets(options.get(), charsets.data());
  g_mime_parser_options_set_allow_addresses_without_domain(options.get(), 1);
  return options;
}

}  // namespace external::mime
