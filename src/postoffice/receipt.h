#pragma once
// Telling senders that their mail has arrived, if they wanted to know.

#include <external/postoffice/delivery.h>

#include <span>

namespace external::postoffice {

/// Whether a receipt may be wanted for one of the recipients of this work.
bool wants_receipt(const mailqueue::Work& work);

/// Notes that the message is durably in the mailboxes of `done`, and accepts the receipt for those that were
/// not noted before; `start`: of its content, only looked at if wants_receipt(work). To be called in a Batch,
/// so that both are one step. Returns what was done for the log.
std::vector<DeliveryEvent> note_delivered(mailqueue::Queue& queue, const AddressBook& book,
                                          const mailqueue::Work& work,
                                          std::span<const mailqueue::RecipientId> done,
                                          std::string_view start, WallTime now);

}  // namespace external::postoffice
