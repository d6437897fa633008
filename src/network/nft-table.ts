// Tables of nftables.

/** Text for `nft -f -` that leaves no such table; one that is not there cannot be deleted, so it is made first. */
export const noTableText = (table: string): string =>
  `add table ip ${table}\ndelete table ip ${table}\n`;
