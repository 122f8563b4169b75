// A client in another language, made from the proto file alone: one unary call, one stream, one
// error with its details. Arguments: host:port, the folder of the protos. Prints one JSON object.
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [target, protos] = process.argv.slice(2);
const definition = loader.loadSync("newsfold/v1/newsfold.proto", {
  includeDirs: [protos],
  enums: String,
  longs: Number,
  defaults: true,
  oneofs: true,
});
const { SummarizationService } = grpc.loadPackageDefinition(definition).newsfold.v1;
const client = new SummarizationService(target, grpc.credentials.createInsecure());
const deadline = () => ({ deadline: Date.now() + 120_000 });

const body =
  "The café bridge 🌉 over the Tamsel gorge collapsed on Tuesday morning, injuring 12 people.\n\n" +
  "Police closed the gorge road and asked walkers to stay away from the cliffs.";
const request = {
  articles: [{ id: "bridge", title: "Bridge falls", body, publishTime: { seconds: 1773128400 } }],
  options: { maxSentences: 1, writeMode: "WRITE_MODE_EXTRACTIVE" },
};

const unary = await new Promise((resolve, reject) => {
  client.SummarizeArticles(request, deadline(), (error, response) =>
    error ? reject(error) : resolve(response),
  );
});
const [sentence] = unary.stories[0].sentences;
const [evidence] = sentence.evidence;

const events = [];
for await (const { event } of client.StreamSummaries(request, deadline())) events.push(event);

const refusal = await new Promise((resolve) => {
  client.SummarizeArticles({ articles: [] }, deadline(), (error) => resolve(error));
});

console.log(
  JSON.stringify({
    sentence: sentence.text,
    // Offsets are code points, so a JavaScript client counts those and not UTF-16 units.
    quoted: [...body].slice(evidence.start, evidence.end).join(""),
    tokens: unary.usage.inputTokens,
    events,
    refused: refusal.code === grpc.status.INVALID_ARGUMENT,
    details: refusal.metadata.get("grpc-status-details-bin").length,
  }),
);
client.close();
