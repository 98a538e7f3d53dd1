// Runs emulate's Slack on EMULATE_PORT of loopback, and sends its events, signed, to EMULATE_EVENTS. The package has no
// setting for an event subscription, so the one is registered where its Slack plugin is.
import { createEmulator } from "emulate";
import { pathToFileURL } from "node:url";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const dist = join(process.env.EMULATE_DIR, "node_modules", "emulate", "dist");
const file = readdirSync(dist).find((f) => f.endsWith(".js") && readFileSync(join(dist, f), "utf8").includes("var slackPlugin = {"));
const { slackPlugin } = await import(pathToFileURL(join(dist, file)));
const register = slackPlugin.register;
slackPlugin.register = (app, store, webhooks, ...rest) => {
  webhooks.register({ url: process.env.EMULATE_EVENTS, owner: "slack", events: ["*"], active: true });
  return register(app, store, webhooks, ...rest);
};
const user = (token, name, scopes) => ({ token, user: name, scopes });
const bot = { client_id: "1.1", client_secret: "s", app_id: "A1", name: "pipewright", redirect_uris: [], scopes: ["chat:write"], bot_id: "B0PIPEWRIGHT", bot_user_id: "U0PIPEWRIGHT", bot_name: "pipewright" };
const slack = await createEmulator({
  service: "slack",
  port: Number(process.env.EMULATE_PORT),
  seed: {
    slack: {
      signing_secret: process.env.EMULATE_SECRET,
      users: [{ name: "ana" }, { name: "eve" }],
      channels: [{ name: "data" }],
      oauth_apps: [bot],
      tokens: [user("xoxp-ana", "ana"), user("xoxp-eve", "eve"), { token: "xoxb-bot", user_id: "U0PIPEWRIGHT", app_id: "A1", bot_id: "B0PIPEWRIGHT", bot_user_id: "U0PIPEWRIGHT" }],
    },
  },
});
console.log(slack.url);
