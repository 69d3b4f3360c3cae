// dynalite ships no types; this is the part of it the local account uses.
declare module "dynalite" {
  import type { Server } from "node:http";

  function dynalite(options?: {
    /** Where LevelDB keeps the tables; in memory unless told. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
  export = dynalite;
}
