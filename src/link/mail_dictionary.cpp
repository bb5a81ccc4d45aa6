#include "mail_dictionary.h"

#define ZSTD_STATIC_LINKING_ONLY  // for a dictionary by reference, without a copy of its own
#include <zstd.h>

#include <stdexcept>

// Where mail_dictionaries.S puts the files.
extern "C" {
extern const std::uint8_t external_mail_dictionary_1[];
extern const std::uint8_t external_mail_dictionary_1_end[];
}

namespace external::link {

namespace {
constexpr unsigned versions[] = {1};
}

std::span<const unsigned> mail_dictionary_versions() {
  return versions;
}

std::optional<unsigned> common_mail_dictionary(std::span<const unsigned> theirs) {
  for (const auto version : versions) {
    if (std::find(theirs.begin(), theirs.end(), version) != theirs.end()) return version;
  }
  return std::nullopt;
}

std::shared_ptr<const MailDictionary> MailDictionary::load(unsigned version) {
  if (version != 1) return nullptr;
  return std::make_shared<const MailDictionary>(
      1, ByteView(external_mail_dictionary_1, external_mail_dictionary_1_end));
}

MailDictionary::MailDictionary(unsigned version, ByteView content)
    : version_(version),
      content_(content),
      digest_(ZSTD_createDDict_advanced(content.data(), content.size(), ZSTD_dlm_byRef, ZSTD_dct_fullDict,
                                        ZSTD_defaultCMem)) {
  if (digest_ == nullptr)
    throw std::invalid_argument("the mail dictionary is damaged; install External again");
}

MailDictionary::~MailDictionary() {
  ZSTD_freeDDict(digest_);
}

}  // namespace external::link
