#pragma once
// A message in the queue as the original of a notice.

#include <external/postoffice/notice.h>
#include <mailqueue/queue.h>

#include <string>

namespace external::postoffice {

/// The start of its content, up to header_limit.
std::string start_of(const mailqueue::Queue& queue, mailqueue::MessageId message);

/// Reads all of its content, or as much as decides.
Encoding encoding_of(const mailqueue::Queue& queue, mailqueue::MessageId message);

/// Writes the notice about this message, piece by piece.
void write(const mailqueue::Queue& queue, mailqueue::MessageId message, const Notice& notice,
           mailqueue::Writer& to);

/// Those recipients of a work for which `wanted(notify)` is true, as the envelope of a notice's original.
template <class Wanted>
mailqueue::Envelope only_those(const mailqueue::Work& work, Wanted wanted) {
  mailqueue::Envelope envelope = work.envelope;
  std::erase_if(envelope.recipients, [&](const auto& recipient) { return !wanted(recipient.notify); });
  return envelope;
}

/// The last error that all of these recipients have in common; empty if there is none.
std::string common_error(const mailqueue::Work& work);

}  // namespace external::postoffice
