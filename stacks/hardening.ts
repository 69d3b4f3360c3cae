// What SST 4.17.1 grants unasked, kept out of the whole app. A role it makes for a function also trusts
// the account's root, and may log to any group; `link` grants whole services. So every function brings
// a role of stacks/roles.ts, and links nothing.

/** Refuses functions that would get SST's defaults; first of all, before anything is made. */
export function hardening(): void {
  $transform(sst.aws.Function, (args, _, name) => {
    if (!args.role) throw new Error(`the function ${name} brings no role of its own`);
    if (args.link)
      throw new Error(`the function ${name} links: name it in its environment instead`);
    if (args.permissions) throw new Error(`the function ${name} has permissions beside its role`);
  });
}
