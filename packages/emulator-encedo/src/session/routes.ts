/** Local login and provisioning endpoints (fact sheet, sections 2 and 3). */

import { z } from "zod";

import { Refusal, refuse } from "../refusal.ts";
import { open } from "../routing/presets.ts";
import { NO_BODY, route, type Route } from "../routing/route.ts";
import { json } from "../transport/messages.ts";
import { issueChallenge, logIn } from "./local-login.ts";
import { initialise } from "./provisioning.ts";

const challenge = route({
  method: "GET",
  path: "/api/auth/token",
  ...open("initialised"),
  body: NO_BODY,
  handle({ device }) {
    if (device.awaitsTrustedTime) refuse(403);
    const { exp, spk, jti, eid } = issueChallenge(device);
    return json({ exp, spk, jti, lbl: device.config.user, eid });
  },
});

const token = route({
  method: "POST",
  path: "/api/auth/token",
  ...open("initialised"),
  body: z.object({ auth: z.string() }),
  async around({ device }, serve) {
    const started = device.outsideClock.now();
    const duration = device.throttle.duration;
    try {
      const response = await serve();
      device.throttle.succeeded();
      return response;
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) device.throttle.failed();
      throw error;
    } finally {
      await device.throttle.stretch(started, duration);
    }
  },
  handle({ device }, body) {
    if (device.awaitsTrustedTime) refuse(403);
    return json({ token: logIn(device, body.auth) });
  },
});

const initialisationChallenge = route({
  method: "GET",
  path: "/api/auth/init",
  ...open("healthy"),
  body: NO_BODY,
  handle({ device }) {
    if (device.awaitsTrustedTime) refuse(403);
    if (device.isInitialised) refuse(406);
    const { exp, spk, jti, eid } = issueChallenge(device);
    return json({ exp, spk, jti, genuine: true, eid });
  },
});

const initialisation = route({
  method: "POST",
  path: "/api/auth/init",
  ...open("healthy"),
  body: z.object({ init: z.string() }),
  handle({ device }, body) {
    if (device.awaitsTrustedTime) refuse(403);
    if (device.isInitialised) refuse(406);
    return json(initialise(device, body.init));
  },
});

/** The endpoints that need no token because they lead to one. */
export const LOGIN_ROUTES: readonly Route[] = [challenge, token, initialisationChallenge, initialisation];
