#include <external/unicode/domain.h>

#include <algorithm>
#include <array>
#include <memory>

#include <unicode/uidna.h>

namespace external::unicode {

namespace {

constexpr std::size_t longest_domain = 253;
constexpr std::size_t longest_label = 63;

struct Close {
  void operator()(UIDNA* rules) const { uidna_close(rules); }
};

std::unique_ptr<UIDNA, Close> rules() {
  UErrorCode error = U_ZERO_ERROR;
  constexpr std::uint32_t wanted = UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                   UIDNA_CHECK_CONTEXTO | UIDNA_NONTRANSITIONAL_TO_ASCII |
                                   UIDNA_NONTRANSITIONAL_TO_UNICODE;
  return std::unique_ptr<UIDNA, Close>(uidna_openUTS46(wanted, &error));
}

std::optional<std::string> as_a_labels(std::string_view text) {
  const auto idna = rules();
  if (!idna) return std::nullopt;
  std::array<char, longest_domain + 2> result{};
  UErrorCode error = U_ZERO_ERROR;
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  const auto length =
      uidna_nameToASCII_UTF8(idna.get(), text.data(), static_cast<std::int32_t>(text.size()), result.data(),
                             static_cast<std::int32_t>(result.size()), &info, &error);
  if (U_FAILURE(error) || info.errors != 0 || length <= 0 ||
      length > static_cast<std::int32_t>(result.size()))
    return std::nullopt;
  return std::string(result.data(), static_cast<std::size_t>(length));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

bool is_label(std::string_view label) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  return !label.empty() && label.size() <= longest_label && label.front() != '-' && label.back() != '-' &&
         label.find_first_not_of(characters) == std::string_view::npos;
}

bool is_domain(std::string_view text) {
  if (text.size() > longest_domain) return false;
  for (;;) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool needs_idna(std::string_view domain) {
  return std::any_of(domain.begin(), domain.end(),
                     [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }) ||
         domain.starts_with("xn--") || domain.find(".xn--") != std::string_view::npos;
}

}  // namespace

std::optional<std::string> ascii_domain(std::string_view text) {
  constexpr std::size_t longest_text = 1024;  // of what could become a domain
  if (text.empty() || text.size() > longest_text) return std::nullopt;
  auto domain = std::optional(lower(text));
  if (needs_idna(*domain)) domain = as_a_labels(*domain);
  if (!domain || !is_domain(*domain)) return std::nullopt;
  return domain;
}

}  // namespace external::unicode
