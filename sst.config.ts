/// <reference path="./.sst/platform/config.d.ts" />
// What is deployed, and in which order; each part is a file of stacks/.
export default $config({
  app(input) {
    return {
      name: "portward",
      home: "aws",
      removal: input?.stage === "prod" ? "retain" : "remove",
      protect: input?.stage === "prod",
      providers: { aws: "7.20.0" },
    };
  },
  async run() {
    const { thisSite } = await import("./stacks/this-site.ts");
    const { hardening } = await import("./stacks/hardening.ts");
    const { claim } = await import("./stacks/claim.ts");
    const { storage } = await import("./stacks/storage.ts");
    const { reports } = await import("./stacks/reports.ts");
    const { api, gateway } = await import("./stacks/api.ts");
    const { alerts, chat } = await import("./stacks/alerts.ts");
    const { detection } = await import("./stacks/detection.ts");
    const { exceptions } = await import("./stacks/exceptions.ts");
    const { schedules } = await import("./stacks/schedules.ts");
    const { canary, canaryGroup } = await import("./stacks/canary.ts");
    const { tampering } = await import("./stacks/tampering.ts");
    const { hub } = await import("./stacks/hub.ts");
    const { member } = await import("./stacks/member.ts");
    const { observability } = await import("./stacks/observability.ts");
    hardening();
    const site = await thisSite();
    await claim(site);
    if (site.parameters.hub) return member(site);
    const key = storage(site);
    reports(site, key);
    const topic = alerts(site, key);
    const http = gateway(site);
    const group = canaryGroup(site);
    const around = detection(site, { apiUrl: http.url, canaryGroupId: group?.id });
    api(site, around, http);
    schedules(site, around);
    const linkKey = exceptions(site, around, key);
    chat(site, around, topic);
    canary(site, group);
    hub(site, around);
    tampering(site, topic, around, { keys: [key, linkKey], http });
    observability(site, topic);
    return { api: http.url, topic: topic.arn, deadLetters: around.deadLetters.url };
  },
});
