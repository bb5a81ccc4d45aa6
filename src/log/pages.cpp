#include "pages.h"

// Where pages.S puts the files.
extern "C" {
extern const char external_session_log_page[];
extern const char external_session_log_page_end[];
extern const char external_codes_page[];
extern const char external_codes_page_end[];
}

namespace external::log {

std::string_view session_log_page() {
  return {external_session_log_page, external_session_log_page_end};
}

std::string_view codes_page() {
  return {external_codes_page, external_codes_page_end};
}

}  // namespace external::log
