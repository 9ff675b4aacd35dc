CREATE TABLE "adapter_examples" (
	"adapter_id" bigint NOT NULL,
	"example_id" bigint NOT NULL,
	"part" text NOT NULL,
	"probability" double precision NOT NULL,
	"digest" text NOT NULL,
	"expired_at" timestamp with time zone,
	CONSTRAINT "adapter_examples_adapter_id_example_id_pk" PRIMARY KEY("adapter_id","example_id")
);
--> statement-breakpoint
CREATE TABLE "adapter_files" (
	"adapter_id" bigint NOT NULL,
	"name" text NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "adapter_files_adapter_id_name_pk" PRIMARY KEY("adapter_id","name")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "api_keys_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"scopes" text[] NOT NULL,
	"texts_per_minute" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_keys_hash" UNIQUE("hash"),
	CONSTRAINT "api_keys_rate" CHECK ("api_keys"."texts_per_minute" > 0)
);
--> statement-breakpoint
CREATE TABLE "examples" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "examples_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"message_id" bigint NOT NULL,
	"revision" bigint NOT NULL,
	"flag_id" uuid NOT NULL,
	"community_id" bigint NOT NULL,
	"language" text NOT NULL,
	"probability" double precision NOT NULL,
	"part" text NOT NULL,
	"permission" text NOT NULL,
	"scope" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "examples_once" UNIQUE("message_id","revision"),
	CONSTRAINT "examples_part" CHECK ("examples"."part" in ('train', 'dev', 'holdout')),
	CONSTRAINT "examples_probability" CHECK ("examples"."probability" between 0 and 1)
);
--> statement-breakpoint
CREATE TABLE "history_marks" (
	"community_id" bigint NOT NULL,
	"channel" text NOT NULL,
	"read_to" timestamp with time zone NOT NULL,
	CONSTRAINT "history_marks_community_id_channel_pk" PRIMARY KEY("community_id","channel")
);
--> statement-breakpoint
CREATE TABLE "installations" (
	"platform" text NOT NULL,
	"external_id" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "installations_platform_external_id_pk" PRIMARY KEY("platform","external_id")
);
--> statement-breakpoint
CREATE TABLE "quarantines" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "quarantines_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"community_id" bigint NOT NULL,
	"moderator" text NOT NULL,
	"reason" text NOT NULL,
	"labels" integer NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"lifted_by" text,
	"lifted_at" timestamp with time zone,
	CONSTRAINT "quarantines_lifted" CHECK (("quarantines"."lifted_by" is null) = ("quarantines"."lifted_at" is null))
);
--> statement-breakpoint
CREATE TABLE "reliabilities" (
	"community_id" bigint NOT NULL,
	"moderator" text NOT NULL,
	"sensitivity" double precision NOT NULL,
	"specificity" double precision NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reliabilities_community_id_moderator_pk" PRIMARY KEY("community_id","moderator"),
	CONSTRAINT "reliabilities_range" CHECK ("reliabilities"."sensitivity" between 0 and 1 and "reliabilities"."specificity" between 0 and 1)
);
--> statement-breakpoint
CREATE TABLE "training_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "training_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"base" text NOT NULL,
	"name" text NOT NULL,
	"community_id" bigint,
	"language" text NOT NULL,
	"cause" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"outcome" text,
	"adapter_id" bigint,
	CONSTRAINT "training_runs_finished" CHECK (("training_runs"."finished_at" is null) = ("training_runs"."outcome" is null))
);
--> statement-breakpoint
CREATE TABLE "weekly_reports" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weekly_reports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"community_id" bigint NOT NULL,
	"day" text NOT NULL,
	"lessons" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"reference" jsonb,
	"shown_version" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "weekly_reports_once" UNIQUE("community_id","day")
);
--> statement-breakpoint
ALTER TABLE "flags" DROP CONSTRAINT "flags_origin";--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "community_id" bigint;--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "parent_id" bigint;--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "ledger" text;--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "served_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "lesson" jsonb;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "audits_per_day" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "audit_rate" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "consensus" jsonb;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "gap_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "application" text;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "probability" double precision;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "confirmed_by" text;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "confirmed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "drawn_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "adapter_examples" ADD CONSTRAINT "adapter_examples_adapter_id_adapters_id_fk" FOREIGN KEY ("adapter_id") REFERENCES "public"."adapters"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "adapter_files" ADD CONSTRAINT "adapter_files_adapter_id_adapters_id_fk" FOREIGN KEY ("adapter_id") REFERENCES "public"."adapters"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "examples" ADD CONSTRAINT "examples_flag_id_flags_id_fk" FOREIGN KEY ("flag_id") REFERENCES "public"."flags"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "examples" ADD CONSTRAINT "examples_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "examples" ADD CONSTRAINT "examples_text" FOREIGN KEY ("message_id","revision") REFERENCES "public"."texts"("message_id","revision") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "history_marks" ADD CONSTRAINT "history_marks_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quarantines" ADD CONSTRAINT "quarantines_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reliabilities" ADD CONSTRAINT "reliabilities_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_adapter_id_adapters_id_fk" FOREIGN KEY ("adapter_id") REFERENCES "public"."adapters"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weekly_reports" ADD CONSTRAINT "weekly_reports_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "adapter_examples_example" ON "adapter_examples" USING btree ("example_id");--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_name" ON "api_keys" USING btree ("name") WHERE "api_keys"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "examples_adapter" ON "examples" USING btree ("community_id","language");--> statement-breakpoint
CREATE UNIQUE INDEX "quarantines_standing" ON "quarantines" USING btree ("community_id","moderator") WHERE "quarantines"."lifted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "training_runs_open" ON "training_runs" USING btree ("base","name") WHERE "training_runs"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "training_runs_community" ON "training_runs" USING btree ("community_id");--> statement-breakpoint
ALTER TABLE "adapters" ADD CONSTRAINT "adapters_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "adapters" ADD CONSTRAINT "adapters_parent_id_adapters_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."adapters"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "decisions_at" ON "decisions" USING btree ("at");--> statement-breakpoint
CREATE INDEX "flags_drawn" ON "flags" USING btree ("community_id","drawn_at") WHERE "flags"."drawn_at" is not null;--> statement-breakpoint
CREATE INDEX "labels_at" ON "labels" USING btree ("at");--> statement-breakpoint
ALTER TABLE "communities" ADD CONSTRAINT "communities_audits" CHECK ("communities"."audits_per_day" between 0 and 50 and "communities"."audit_rate" between 0 and 1);--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_probability" CHECK ("decisions"."probability" between 0 and 1);--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_confirmed" CHECK (("decisions"."confirmed_by" is null) = ("decisions"."confirmed_at" is null));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_origin" CHECK ("flags"."origin" in ('score', 'report', 'moderator', 'audit'));