#pragma once
// Telling senders that their mail has arrived, if they wanted to know.

#include <external/postoffice/delivery.h>

#include <span>

namespace external::postoffice {

/// Whether a receipt may be wanted for one of the recipients of this work.
bool wants_receipt(const mailqueue::Work& work);

/// Accepts the receipt for those recipients of a work, just closed in this Batch, whose sender wants one;
/// `start`: of its content, only looked at if wants_receipt(work). Returns what was done for the log.
std::vector<DeliveryEvent> send_receipt(mailqueue::Queue& queue, const AddressBook& book,
                                        const mailqueue::Work& work,
                                        std::span<const mailqueue::RecipientId> closed,
                                        std::string_view start, Arrival arrival, WallTime now);

/// Notes that the message is durably in the mailboxes of `done`, and sends the receipt for those that were
/// not noted before. To be called in a Batch, so that both are one step.
std::vector<DeliveryEvent> note_delivered(mailqueue::Queue& queue, const AddressBook& book,
                                          const mailqueue::Work& work,
                                          std::span<const mailqueue::RecipientId> done,
                                          std::string_view start, WallTime now);

}  // namespace external::postoffice
