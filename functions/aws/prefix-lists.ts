// Managed prefix lists of one account and region: reading them with their entries, taking blocks out.
import {
  DescribeManagedPrefixListsCommand,
  type EC2Client,
  GetManagedPrefixListEntriesCommand,
  type ManagedPrefixList,
  ModifyManagedPrefixListCommand,
} from "@aws-sdk/client-ec2";
import type { PrefixList } from "../../matrix/group.ts";
import { type Cidr, formatCidr, parseCidr } from "../../matrix/rules/cidr.ts";
import { isListGone } from "./error-codes.ts";

export type PrefixLists = ReturnType<typeof prefixLists>;

/** The prefix lists an EC2 client reaches. */
export function prefixLists(ec2: EC2Client) {
  return {
    /** Reads lists with their entries; a list that does not exist is left out. */
    async read(ids: readonly string[]): Promise<PrefixList[]> {
      if (ids.length === 0) return [];
      const filter = { Name: "prefix-list-id", Values: [...ids] };
      const [described, entries] = await Promise.all([
        ec2.send(new DescribeManagedPrefixListsCommand({ Filters: [filter] })),
        Promise.all(ids.map(async id => [id, await entriesOf(ec2, id)] as const)),
      ]);
      const held = new Map(entries);
      return (described.PrefixLists ?? []).map(list =>
        prefixList(list, held.get(list.PrefixListId ?? "") ?? []),
      );
    },

    /** Takes blocks out of a list and puts others in, only if its version is still the one read. */
    async change(
      list: PrefixList,
      { out, back }: { out: readonly Cidr[]; back: readonly Cidr[] },
    ): Promise<void> {
      await ec2.send(
        new ModifyManagedPrefixListCommand({
          PrefixListId: list.id,
          CurrentVersion: list.version,
          RemoveEntries: out.map(cidr => ({ Cidr: formatCidr(cidr) })),
          ...(back.length > 0 && { AddEntries: back.map(cidr => ({ Cidr: formatCidr(cidr) })) }),
        }),
      );
    },
  };
}

async function entriesOf(ec2: EC2Client, id: string): Promise<Cidr[]> {
  try {
    return await readEntries(ec2, id);
  } catch (error) {
    // One list that is gone must not keep the groups that could use it from being looked at.
    if (isListGone(error)) return [];
    throw error;
  }
}

async function readEntries(ec2: EC2Client, PrefixListId: string): Promise<Cidr[]> {
  const found: Cidr[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new GetManagedPrefixListEntriesCommand({
        PrefixListId,
        MaxResults: 100,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    found.push(...(page.Entries ?? []).flatMap(entry => parseCidr(entry.Cidr ?? "") ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

function prefixList(wire: ManagedPrefixList, entries: readonly Cidr[]): PrefixList {
  return {
    id: wire.PrefixListId ?? "",
    owner: wire.OwnerId ?? "",
    state: wire.State ?? "",
    version: Number(wire.Version ?? 0),
    entries,
    ...(wire.PrefixListName === undefined ? {} : { name: wire.PrefixListName }),
    ...(wire.MaxEntries === undefined ? {} : { maxEntries: wire.MaxEntries }),
  };
}
