#pragma once
// What both ends know of mail before the first one is sent: a zstd dictionary that ships with the program.
// docs/compression.md says how it is made. Versions are agreed at sign-on; a version's bytes never change.

#include <external/base/asio.h>

struct ZSTD_DDict_s;

namespace external::link {

/// Immutable, so any number of compressors and decompressors on any threads may share one.
class MailDictionary {
 public:
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
