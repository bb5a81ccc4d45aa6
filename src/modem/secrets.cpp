#include "secrets.h"

#include <external/base/text.h>

namespace external::modem {

namespace {

/// Shorter pieces give nothing away and would blot out harmless text.
constexpr std::size_t shortest_part = 3;
constexpr std::size_t shortest_number = 4;
constexpr std::size_t most_secrets = 16;

void replace_all(std::string& text, const std::string& secret) {
  for (auto at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + Secrets::mask.size())) {
    text.replace(at, secret.size(), Secrets::mask);
  }
}

void replace_beginning_of(const std::string& secret, std::string& text) {
  for (std::size_t size = std::min(secret.size(), text.size()); size >= shortest_part; --size) {
    if (!text.ends_with(secret.substr(0, size))) continue;
    text.replace(text.size() - size, size, Secrets::mask);
    return;
  }
}

void replace_end_of(const std::string& secret, std::string& text) {
  for (std::size_t size = std::min(secret.size(), text.size()); size >= shortest_part; --size) {
    if (!text.starts_with(secret.substr(secret.size() - size))) continue;
    text.replace(0, size, Secrets::mask);
    return;
  }
}

/// The telephone or card number in a command that dials; empty if there is none worth hiding by itself.
std::string number_in(std::string_view text) {
  const auto first = text.find_first_of("0123456789");
  const auto last = text.find_last_of("0123456789");
  if (first == std::string_view::npos || last - first + 1 < shortest_number) return {};
  return std::string(text.substr(first, last - first + 1));
}

}  // namespace

void Secrets::add(std::string_view text) {
  std::string secret(trim(text));
  if (secret.size() < shortest_part) return;
  std::erase(secrets_, secret);
  if (secrets_.size() == most_secrets) secrets_.erase(secrets_.begin());
  secrets_.push_back(std::move(secret));
}

std::string Secrets::hide(std::string_view text) const {
  std::string shown(text);
  for (const auto& secret : secrets_) {
    replace_all(shown, secret);
    if (const auto number = number_in(secret); !number.empty()) replace_all(shown, number);
    replace_beginning_of(secret, shown);
    replace_end_of(secret, shown);
  }
  return shown;
}

}  // namespace external::modem
