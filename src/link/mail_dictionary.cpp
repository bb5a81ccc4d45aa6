#include "mail_dictionary.h"

#define ZSTD_STATIC_LINKING_ONLY  // for a dictionary by reference, without a copy of its own
#include <zstd.h>

#include <stdexcept>

namespace external::link {

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
