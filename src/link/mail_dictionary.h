#pragma once
// What both ends know of mail before the first one is sent: a zstd dictionary that ships with the program.
// docs/compression.md says how it is made. Versions are agreed at sign-on; a version's bytes never change.

#include <external/base/asio.h>

struct ZSTD_DDict_s;

namespace external::link {

/// The versions this program has, the newest first. An end says which it has; the newest that both have is
/// used, and none if there is no such.
std::span<const unsigned> mail_dictionary_versions();

/// The newest version that is also among `theirs`, or nothing.
std::optional<unsigned> common_mail_dictionary(std::span<const unsigned> theirs);

/// Immutable, so any number of compressors and decompressors on any threads may share one.
class MailDictionary {
 public:
  /// One of mail_dictionary_versions(); null for any other. Takes well under a millisecond.
  static std::shared_ptr<const MailDictionary> load(unsigned version);

  /// `content` is a dictionary in zstd's own format and must outlive this. Throws std::invalid_argument if it
  /// is not one.
  MailDictionary(unsigned version, ByteView content);
  ~MailDictionary();
  MailDictionary(const MailDictionary&) = delete;
  MailDictionary& operator=(const MailDictionary&) = delete;

  unsigned version() const { return version_; }
  ByteView content() const { return content_; }
  /// Digested, for decompression.
  const ZSTD_DDict_s* digest() const { return digest_; }

 private:
  unsigned version_;
  ByteView content_;
  ZSTD_DDict_s* digest_;
};

}  // namespace external::link
