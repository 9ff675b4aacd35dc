CREATE TABLE "adapters" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "adapters_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"base" text NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"state" text NOT NULL,
	"metrics" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "adapters_version" UNIQUE("base","name","version"),
	CONSTRAINT "adapters_state" CHECK ("adapters"."state" in ('candidate', 'active', 'retired'))
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"community_id" bigint,
	"who" text NOT NULL,
	"what" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"details" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cards" (
	"flag_id" uuid PRIMARY KEY NOT NULL,
	"reference" jsonb NOT NULL,
	"version" integer NOT NULL,
	"shown_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "channels" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "channels_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"community_id" bigint NOT NULL,
	"external_id" text NOT NULL,
	"mode" text DEFAULT 'observe' NOT NULL,
	"threshold" double precision DEFAULT 0.5 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "channels_address" UNIQUE("community_id","external_id"),
	CONSTRAINT "channels_mode" CHECK ("channels"."mode" in ('observe', 'review')),
	CONSTRAINT "channels_threshold" CHECK ("channels"."threshold" between 0 and 1)
);
--> statement-breakpoint
CREATE TABLE "communities" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "communities_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"platform" text NOT NULL,
	"external_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "communities_address" UNIQUE("platform","external_id")
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"flag_id" uuid NOT NULL,
	"revision" bigint NOT NULL,
	"decision" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "decisions_flag_id_revision_pk" PRIMARY KEY("flag_id","revision")
);
--> statement-breakpoint
CREATE TABLE "flags" (
	"id" uuid PRIMARY KEY NOT NULL,
	"message_id" bigint NOT NULL,
	"community_id" bigint NOT NULL,
	"revision" bigint NOT NULL,
	"first_revision" bigint NOT NULL,
	"state" text NOT NULL,
	"decision" text DEFAULT 'undecided' NOT NULL,
	"threshold" double precision NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"flagged_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "flags_message" UNIQUE("message_id"),
	CONSTRAINT "flags_state" CHECK ("flags"."state" in ('open', 'decided', 'withdrawn', 'removed')),
	CONSTRAINT "flags_decision" CHECK ("flags"."decision" in ('polarized', 'not_polarized', 'undecided'))
);
--> statement-breakpoint
CREATE TABLE "labels" (
	"flag_id" uuid NOT NULL,
	"revision" bigint NOT NULL,
	"moderator" text NOT NULL,
	"answer" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "labels_flag_id_revision_moderator_pk" PRIMARY KEY("flag_id","revision","moderator"),
	CONSTRAINT "labels_answer" CHECK ("labels"."answer" in ('polarized', 'not_polarized', 'unsure'))
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "messages_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"channel_id" bigint NOT NULL,
	"external_id" text NOT NULL,
	"revision" bigint,
	"author" text,
	"link" text,
	"posted_at" timestamp with time zone,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "messages_address" UNIQUE("channel_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "texts" (
	"message_id" bigint NOT NULL,
	"revision" bigint NOT NULL,
	"sealed" "bytea" NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "texts_message_id_revision_pk" PRIMARY KEY("message_id","revision")
);
--> statement-breakpoint
CREATE TABLE "verdicts" (
	"message_id" bigint NOT NULL,
	"revision" bigint NOT NULL,
	"score" double precision NOT NULL,
	"language" text NOT NULL,
	"adapter" text NOT NULL,
	"adapter_version" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "verdicts_message_id_revision_pk" PRIMARY KEY("message_id","revision")
);
--> statement-breakpoint
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cards" ADD CONSTRAINT "cards_flag_id_flags_id_fk" FOREIGN KEY ("flag_id") REFERENCES "public"."flags"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "channels" ADD CONSTRAINT "channels_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_flag_id_flags_id_fk" FOREIGN KEY ("flag_id") REFERENCES "public"."flags"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_verdict" FOREIGN KEY ("message_id","revision") REFERENCES "public"."verdicts"("message_id","revision") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labels" ADD CONSTRAINT "labels_flag_id_flags_id_fk" FOREIGN KEY ("flag_id") REFERENCES "public"."flags"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "texts" ADD CONSTRAINT "texts_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "adapters_active" ON "adapters" USING btree ("base","name") WHERE "adapters"."state" = 'active';--> statement-breakpoint
CREATE INDEX "audit_log_community" ON "audit_log" USING btree ("community_id","at");--> statement-breakpoint
CREATE INDEX "flags_queue" ON "flags" USING btree ("community_id","state","flagged_at");--> statement-breakpoint
CREATE INDEX "messages_received" ON "messages" USING btree ("channel_id","received_at");--> statement-breakpoint
CREATE INDEX "messages_tombstones" ON "messages" USING btree ("deleted_at") WHERE "messages"."revision" is null;--> statement-breakpoint
CREATE INDEX "texts_received" ON "texts" USING btree ("received_at");