// Runs operations of Bentley's own client, one after the other.
// Reads {"baseUrl", "steps": [{"operation", "token", "id", "size"?, "type"?, "file"?}]} from standard input; writes one
// line of JSON for each step: what came back, or the error as the client reports it.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

import { IModelsClient } from "@itwin/imodels-client-management";

const { baseUrl, steps } = JSON.parse(await text(process.stdin));
const client = new IModelsClient({ api: { baseUrl } });

async function run({ operation, token, id, size, type, file }) {
  const scoped = {
    authorization: async () => ({ scheme: token === "" ? "" : "Bearer", token }),
    iModelId: id,
  };
  if (operation === "upload") {
    await client.thumbnails.upload({
      ...scoped,
      thumbnailProperties: { imageType: type, image: await readFile(file) },
    });
    return {};
  }
  const urlParams = size === undefined ? undefined : { size };
  const thumbnail = await client.thumbnails.download({ ...scoped, urlParams });
  return {
    size: thumbnail.size,
    imageType: thumbnail.imageType,
    length: thumbnail.image.length,
    start: Buffer.from(thumbnail.image.slice(0, 24)).toString("hex"),
  };
}

// A failed download's body is there as bytes, whatever form the client keeps them in.
function bodyOf(error) {
  const data = error.originalError?.response?.data;
  if (data === undefined || data === "") return undefined;
  if (typeof data === "object" && !(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) return data;
  return JSON.parse(typeof data === "string" ? data : Buffer.from(data).toString("utf8"));
}

for (const step of steps) {
  let told;
  try {
    told = { ok: true, ...(await run(step)) };
  } catch (error) {
    told = {
      ok: false,
      code: error.code,
      status: error.statusCode,
      message: error.message,
      details: error.details,
      body: bodyOf(error),
      headers: error.originalError?.response?.headers,
    };
  }
  process.stdout.write(JSON.stringify(told) + "\n");
}
