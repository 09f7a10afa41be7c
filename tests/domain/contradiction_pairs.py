"""Pairs of sentences as support teams write them: which contradict each other, and which do not.

`TUNED` were looked at while the rules were written. The others were written before they were run:
of `HELD_OUT` 10 of 12 were found at first with one false alarm, of `HELD_OUT_LATER` 12 of 12 with
one; what they showed was mended then. Precision now is 1.0 on all three, recall 1.0, 0.92 and 1.0.
"""

from domain.contradiction import Clash

V, D, O = Clash.OTHER_VALUE, Clash.DENIAL, Clash.OPPOSITE  # noqa: E741

Pair = tuple[str, str, Clash | None]

TUNED: list[Pair] = [
    ("Refunds take 5 business days.", "A refund takes 10 business days.", V),
    ("Refunds take 5 days.", "Refunds usually take up to 14 days to arrive.", V),
    ("The change fee is $75.", "The change fee is $50.", V),
    ("We charge a cancellation fee of 10%.", "The cancellation fee is 20%.", V),
    ("Economy passengers may take two bags.", "Economy passengers may take one bag.", V),
    ("Returns are accepted within 30 days.", "Returns are accepted within two weeks.", V),
    ("The warranty lasts two years.", "The warranty lasts 12 months.", V),
    ("Support is open until 9 pm.", "Support is open until 6 pm.", V),
    ("Vouchers expire after 1 year.", "Vouchers expire after 90 days.", V),
    ("Basic economy flights can be cancelled.", "Basic economy flights cannot be cancelled.", D),
    ("Shipping is free.", "We charge a fee for shipping.", O),
    ("Gift cards can be refunded.", "Gift cards can't be refunded.", D),
    ("A receipt is required for a return.", "A receipt is optional for a return.", O),
    ("Breakfast is included in the room rate.", "Breakfast is not included in the room rate.", O),
    ("Pets are allowed in the cabin.", "Pets are forbidden in the cabin.", O),
    ("We accept returns of opened software.", "We do not accept returns of opened software.", O),
    ("Tickets are refundable.", "Tickets are non-refundable.", O),
    ("Points never expire.", "Points do expire.", O),
    ("The store is closed on Sundays.", "The store is open on Sundays.", O),
    (
        "Agents compensate customers who complain.",
        "Agents do not compensate customers who complain.",
        D,
    ),
    ("Lost parcels are replaced.", "Lost parcels are not replaced.", D),
    ("Cancel the booking without insurance.", "Do not cancel the booking without insurance.", D),
    # And those that can both hold.
    ("Refunds take 5 business days.", "Exchanges take 10 business days.", None),
    ("Gold members may take 3 bags.", "Silver members may take 2 bags.", None),
    (
        "Domestic flights need 1 hour for check-in.",
        "International flights need 3 hours for check-in.",
        None,
    ),
    ("Returns are accepted within 14 days.", "Returns are accepted within two weeks.", None),
    ("Refunds take 5 days.", "A refund takes 5 days to arrive on your card.", None),
    ("The change fee is $75.", "The cancellation fee is $50.", None),
    ("Shipping is free for orders over $50.", "Shipping is not free for members.", None),
    ("The warranty lasts 24 months.", "The warranty lasts two years.", None),
    ("Basic economy flights cannot be cancelled.", "Business flights can be cancelled.", None),
    ("Pets are allowed in the cabin.", "Pets are not allowed in the lounge.", None),
    ("Reset the password on the settings page.", "Change the address on the settings page.", None),
    ("A receipt is required for a return.", "Keep the receipt for a return.", None),
    ("Breakfast is included in the suite.", "Dinner is not included in the suite.", None),
    ("You can pay by card.", "You can pay by invoice.", None),
    ("Cards are blocked after 3 wrong PINs.", "A blocked card is replaced within 5 days.", None),
    (
        "If the flight is delayed, give a $50 voucher.",
        "If the flight is cancelled, give a $100 voucher.",
        None,
    ),
    ("Call the customer before 6 pm.", "Write to the bank after 9 am.", None),
    ("The parcel is insured up to $100.", "The parcel is insured up to $100 by the carrier.", None),
    ("Orders ship from Berlin.", "Orders are returned to Hamburg.", None),
    ("Transfers to a card take 2 days.", "Transfers to a bank account take 5 days.", None),
    ("Seats can be chosen for free.", "Seats with more legroom cost $30.", None),
    (
        "If there is no insurance, do not cancel the trip.",
        "If there is insurance, cancel the trip.",
        None,
    ),
    (
        "If there is insurance, cancel the trip.",
        "If there is insurance, do not cancel the trip.",
        D,
    ),
    ("Do not cancel flown segments.", "Cancel the flight within 24 hours of booking.", None),
    (
        "Gluing an open seam is free of charge, with or without damage cover.",
        "Damage cover costs £3 a month.",
        None,
    ),
    ("Returns are free whether or not the box is open.", "Opening the box costs $5.", None),
    (
        "When the cabin is basic economy and there is no insurance, do not cancel the booking.",
        "When the cabin is basic economy, there is insurance and the reason is a change of plan, "
        "do not cancel the booking.",
        None,
    ),
    ("If you paid by card we do not refund fees.", "We refund fees if you paid by card.", D),
    ("If you cancel, there is no fee.", "If you cancel, there is a fee.", O),
]

HELD_OUT: list[Pair] = [
    ("Express delivery costs $15.", "Express delivery costs $25.", V),
    ("Loyalty points expire after 24 months.", "Loyalty points expire after 18 months.", V),
    ("A tenant can borrow 4 books at once.", "A tenant can borrow six books at once.", V),
    ("The deposit is 20% of the price.", "The deposit is 30% of the price.", V),
    ("Top-ups are instant.", "Top-ups are not instant.", D),
    ("You may change the name on a ticket.", "You may not change the name on a ticket.", O),
    ("Identity checks are mandatory.", "Identity checks are optional.", O),
    ("The app works offline.", "The app works online only.", O),
    ("We deliver on Saturdays.", "We don't deliver on Saturdays.", D),
    ("Late payments are always reported.", "Late payments are never reported.", O),
    ("Damaged items are exchanged free of charge.", "Damaged items are exchanged for a fee.", O),
    (
        "Your statement is sent by email each month.",
        "Paper statements are mailed out every quarter.",
        V,
    ),
    (
        "A lost card must be reported within 24 hours.",
        "A lost card must be reported within 1 day.",
        None,
    ),
    ("Students get 10% off.", "Seniors get 15% off.", None),
    ("The gym opens at 6 am.", "The pool opens at 8 am.", None),
    ("Refunds go to the original card.", "Refunds go to the original card within 5 days.", None),
    ("You cannot cancel a shipped order.", "You can cancel an order before it is shipped.", None),
    ("Interest is 3% on savings.", "Interest is 9% on loans.", None),
    ("Report a stolen card at once.", "Report a stolen phone within 2 days.", None),
    ("Insurance covers theft.", "Insurance does not cover water damage.", None),
    ("Children under 2 fly free.", "Children over 12 pay the full fare.", None),
    ("Keep the invoice for 2 years.", "Keep the box for 30 days.", None),
    ("Upgrades are free on the day of travel.", "Upgrades cost $40 at the gate.", None),
    ("The limit for transfers is $500 a day.", "The limit for withdrawals is $300 a day.", None),
]

HELD_OUT_LATER: list[Pair] = [
    ("Repairs take three weeks.", "Repairs take 10 days.", V),
    (
        "You need to sign the contract in blue ink.",
        "You do not need to sign the contract in blue ink.",
        O,
    ),
    ("The minimum order is 10 pieces.", "The minimum order is 25 pieces.", V),
    ("A premium account has 100 GB of storage.", "A premium account has 50 GB of storage.", V),
    ("Invoices are due within 14 days.", "Invoices are due within 30 days.", V),
    ("Drivers may refuse large dogs.", "Drivers may not refuse large dogs.", O),
    ("Contact lenses can be exchanged.", "Contact lenses can never be exchanged.", D),
    ("Hand luggage is limited to 8 kg.", "Hand baggage is limited to 10 kg.", V),
    ("The trial renews automatically.", "The trial does not renew automatically.", O),
    ("Engraved items are excluded from returns.", "Returns include engraved items.", O),
    ("Offer a voucher of $100 per passenger.", "Offer a voucher of $50 per passenger.", V),
    ("Compensate when the flight was delayed.", "Never compensate when the flight was delayed.", D),
    ("Repairs take three weeks.", "Repairs take 21 days.", None),
    ("Sign the contract on page 4.", "Initial the contract on page 7.", None),
    ("A premium account has 100 GB of storage.", "A basic account has 50 GB of storage.", None),
    ("The minimum order is 10 pieces.", "The maximum order is 500 pieces.", None),
    ("Engraved items are excluded from returns.", "Engraved items take 5 days longer.", None),
    (
        "Offer a voucher of $100 for a cancelled flight.",
        "Offer a voucher of $50 for a delayed flight.",
        None,
    ),
    ("Contact lenses can be exchanged.", "Glasses cannot be exchanged.", None),
    ("Hand luggage may weigh 8 kg.", "Hand luggage must fit under the seat.", None),
    (
        "Wait 10 minutes before you restart the router.",
        "Hold the reset button for 30 seconds.",
        None,
    ),
    ("Drivers may refuse large dogs.", "Drivers may not refuse guide dogs.", None),
    ("The trial is free.", "The premium plan costs $9.", None),
    ("Never share the code.", "Share the receipt with the bank.", None),
]
