#pragma once
// The versions of the dictionary for compression that this end has.

#include <cstdint>
#include <map>
#include <memory>

namespace external::link {

class MailDictionary;

class Dictionaries {
 public:
  /// Those that come with the program. Takes a millisecond.
  static Dictionaries shipped();

  /// Version 0 to 7.
  void add(unsigned version, std::shared_ptr<const MailDictionary> dictionary) {
    versions_[version] = std::move(dictionary);
  }

  /// Bit n: version n.
  std::uint8_t known() const {
    unsigned bits = 0;
    for (const auto& [version, dictionary] : versions_) bits |= 1U << version;
    return static_cast<std::uint8_t>(bits);
  }

  /// The newest of the versions in `bits`, null if there is none.
  std::shared_ptr<const MailDictionary> common(unsigned bits) const {
    for (auto one = versions_.rbegin(); one != versions_.rend(); ++one) {
      if (bits >> one->first & 1) return one->second;
    }
    return nullptr;
  }

 private:
  std::map<unsigned, std::shared_ptr<const MailDictionary>> versions_;
};

}  // namespace external::link
