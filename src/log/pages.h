#pragma once
// Pages of docs/ that the program carries.

#include <string_view>

namespace external::log {

std::string_view session_log_page();
std::string_view codes_page();

}  // namespace external::log
