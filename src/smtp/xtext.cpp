#include "xtext.h"

#include <openssl/evp.h>

namespace external::smtp {

namespace {

int upper_hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool is_control(int byte) {
  return byte < 32 || byte == 127;
}

bool is_base64(std::string_view text) {
  const auto padding = text.find('=');
  const auto digits = text.substr(0, padding);
  const auto tail = padding == std::string_view::npos ? std::string_view() : text.substr(padding);
  return text.size() % 4 == 0 && (tail.empty() || tail == "=" || tail == "==") &&
         digits.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") ==
             std::string_view::npos;
}

}  // namespace

std::optional<std::string> from_xtext(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    int byte = static_cast<unsigned char>(text[at]);
    if (byte == '+') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = upper_hex(text[at + 1]);
      const int low = upper_hex(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      byte = high * 16 + low;
      at += 2;
    }
    if (is_control(byte)) return std::nullopt;
    decoded.push_back(static_cast<char>(byte));
  }
  return decoded;
}

std::string to_xtext(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 32 && byte < 127 && c != '+' && c != '=') {
      encoded.push_back(c);
    } else {
      encoded += {'+', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return encoded;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (!is_base64(text)) return std::nullopt;
  std::string decoded(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  decoded.resize(static_cast<std::size_t>(size));
  for (std::size_t at = text.find('='); at < text.size(); ++at) decoded.pop_back();  // zeros for padding
  return decoded;
}

std::string to_base64(std::string_view bytes) {
  std::string encoded((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return encoded;
}

}  // namespace external::smtp
