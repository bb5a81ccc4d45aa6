#include "mail_dictionary.h"

#include <external/link/dictionaries.h>

namespace external::link {

Dictionaries Dictionaries::shipped() {
  Dictionaries all;
  for (const auto version : mail_dictionary_versions()) all.add(version, MailDictionary::load(version));
  return all;
}

}  // namespace external::link
